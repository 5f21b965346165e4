package org.bottledwater.kafka;

import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Where another thread than the sink's own sends: the producer itself takes messages from any. */
final class SharedInlet implements Inlet {
    private final Outbox outbox;
    private final Patience.Call call;
    private final Callback callback;
    private final Messages messages;

    SharedInlet(Outbox outbox, Patience patience, Callback callback) {
        this.outbox = outbox;
        this.call = patience.other();
        this.callback = callback;
        this.messages = new Messages(outbox.clock());
    }

    @Override
    public void send(
            Topic topic,
            byte @Nullable [] key,
            byte @Nullable [] value,
            long timestampMillis,
            Iterable<Header> headers) {
        outbox.check(topic, key, value, headers);
        call.enter();
        try {
            outbox.sendShared(messages.message(topic, key, value, timestampMillis, headers), callback);
        } finally {
            call.leave();
        }
    }
}
