package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Empties a topic of rows: every key that has had a value in it gets a null value. */
final class Clearing implements AutoCloseable {
    private static final long INDEX_BYTES = 32L << 20;

    private final KafkaSettings settings;
    private final Outbox outbox;
    private final Sink sink;
    private @Nullable KeysByHeader index;

    Clearing(KafkaSettings settings, Outbox outbox, Sink sink) {
        this.settings = settings;
        this.outbox = outbox;
        this.sink = sink;
    }

    /** Every key. Reads the topic once; its keys pass through. */
    long clear(Topic topic, long timestampMillis, Iterable<Header> headers) {
        return clear(topic, () -> new TopicKeys(settings, topic.name()), timestampMillis, headers);
    }

    /**
     * The keys whose last message with a value is a chosen one. Where these are told by one header the topic is read only
     * once: partitions are truncated one after the other.
     */
    long clear(Topic topic, Predicate<Headers> chosen, long timestampMillis, Iterable<Header> headers) {
        if (chosen instanceof HeaderIn wanted) {
            return clear(
                    topic,
                    () -> index(topic.name(), wanted.name())
                            .take(wanted.values(), () -> ChosenKeys.byHeaders(settings, topic.name(), chosen)),
                    timestampMillis,
                    headers);
        }
        return clear(topic, () -> ChosenKeys.byHeaders(settings, topic.name(), chosen), timestampMillis, headers);
    }

    /** The keys whose last message is a chosen one from before; all that we sent has been committed. */
    void clear(
            Topic topic,
            TopicEnds before,
            TopicEnds now,
            Predicate<Headers> chosen,
            long timestampMillis,
            Iterable<Header> headers) {
        if (before.messagesMax() > 0 && before.topicId().equals(now.topicId())) {
            clear(
                    topic,
                    () -> ChosenKeys.older(settings, topic.name(), before, chosen)
                            .upTo(now),
                    timestampMillis,
                    headers);
        }
    }

    /** There is one only, so that the memory for it is bounded. */
    private KeysByHeader index(String topic, String header) {
        KeysByHeader known = index;
        if (known == null || !known.isOf(topic, header)) {
            close();
            known = new KeysByHeader(settings, topic, header, INDEX_BYTES);
            index = known;
        }
        return known;
    }

    @Override
    public void close() {
        KeysByHeader known = index;
        index = null;
        if (known != null) {
            known.close();
        }
    }

    /** What was sent before is read back, so it has to have arrived. */
    private long clear(Topic topic, Supplier<Keys> open, long timestampMillis, Iterable<Header> headers) {
        if (!topic.exists()) {
            return 0;
        }
        outbox.flush();
        String doing = "cannot read back topic " + topic.name();
        List<Keys> opened = new ArrayList<>();
        try {
            outbox.waiting(doing, () -> opened.add(open.get()));
            Keys keys = opened.get(0);
            List<byte[]> some = new ArrayList<>();
            long cleared = 0;
            // Where the end is may have to be asked, too.
            boolean[] atEnd = {false};
            while (!atEnd[0]) {
                outbox.waiting(doing, () -> {
                    atEnd[0] = keys.atEnd();
                    some.addAll(atEnd[0] ? List.of() : keys.next());
                });
                some.forEach(key -> sink.send(topic, key, null, timestampMillis, headers));
                cleared += some.size();
                some.clear();
            }
            return cleared;
        } finally {
            opened.forEach(Clearing::close);
        }
    }

    private static void close(Keys keys) {
        try {
            keys.close();
        } catch (KafkaException e) {
            // What was to be read has been read, or the fault is on its way already.
        }
    }
}
