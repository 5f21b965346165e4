package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After a table was copied anew, its topic has no key that did not come again. */
class ClearOlderTest {
    private static final RecordHeader CLEARED = new RecordHeader("pg.op", bytes("snapshot"));

    private final Topics topics = new Topics(TestBroker.settings());
    private final CheckpointTopic checkpoints =
            new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));
    private final String slot = TestBroker.name("slot");

    @AfterEach
    void close() {
        topics.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldClearTheKeysThatDidNotComeAgain(boolean exactlyOnce) {
        Topic topic = topic();
        try (Sink sink = sink(exactlyOnce)) {
            for (int i = 0; i < 100; i++) {
                send(sink, topic, "k" + i, "old");
            }
            send(sink, topic, "deleted long ago", "old");
            sink.send(topic, bytes("deleted long ago"), null, 0, List.of());
            sink.commit();
            TopicEnds before = ends(topic);
            for (int i = 0; i < 90; i++) {
                send(sink, topic, "k" + i, "new");
            }
            sink.send(topic, bytes("k95"), null, 0, List.of());
            sink.clearOlder(topic, before, headers -> true, 0, List.of(CLEARED));
            sink.commit();
        }
        Map<String, String> folded = folded(topic);
        assertThat(folded).hasSize(90).containsEntry("k0", "new").doesNotContainKey("k90");
        assertThat(cleared(topic))
                .containsExactlyInAnyOrder("k90", "k91", "k92", "k93", "k94", "k96", "k97", "k98", "k99");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldLeaveAloneWhatIsNotChosenAndATopicThatWasMadeAnew(boolean exactlyOnce) {
        Topic topic = topic();
        try (Sink sink = sink(exactlyOnce)) {
            sink.send(topic, bytes("a"), bytes("1"), 0, List.of(new RecordHeader("part", bytes("x"))));
            send(sink, topic, "b", "1");
            sink.commit();
            TopicEnds before = ends(topic);
            sink.clearOlder(topic, before, headers -> headers.lastHeader("part") != null, 0, List.of(CLEARED));
            sink.commit();
            assertThat(folded(topic)).containsOnlyKeys("b");

            TopicEnds ofAnother = new TopicEnds("AAAAAAAAAAAAAAAAAAAAAA", Map.of(0, 1000L, 1, 1000L, 2, 1000L));
            sink.clearOlder(topic, ofAnother, headers -> true, 0, List.of(CLEARED));
            sink.commit();
        }
        assertThat(folded(topic)).containsOnlyKeys("b");
    }

    /** A row that a killed copy had sent, and that was deleted before the next one, is in neither. */
    @Test
    void shouldNotTakeWhatWasAbortedForARowThatCameAgain() {
        Topic topic = topic();
        TopicEnds before;
        try (Sink sink = sink(true)) {
            send(sink, topic, "stays", "old");
            send(sink, topic, "goes", "old");
            sink.commit();
            before = ends(topic);
            send(sink, topic, "stays", "aborted");
            send(sink, topic, "goes", "aborted");
            sink.flush(Duration.ofSeconds(30));
        }
        try (Sink sink = sink(true)) {
            send(sink, topic, "stays", "new");
            sink.clearOlder(topic, before, headers -> true, 0, List.of(CLEARED));
            sink.commit();
        }
        assertThat(folded(topic)).containsExactly(Map.entry("stays", "new"));
    }

    private Topic topic() {
        checkpoints.ensure();
        KafkaSettings three = new KafkaSettings(TestBroker.address(), Map.of(), Map.of(), 3, (short) -1, true);
        try (Topics own = new Topics(three)) {
            return own.ensure(TestBroker.name("table"), true);
        }
    }

    private Sink sink(boolean exactlyOnce) {
        Sink sink = exactlyOnce
                ? Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT)
                : Sink.atLeastOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT);
        sink.resume(new Checkpoint(slot, "7421", "shop", "pgoutput", Lsn.INVALID, SnapshotState.COMPLETE, Map.of()));
        return sink;
    }

    private TopicEnds ends(Topic topic) {
        return topics.ends(Set.of(topic.name())).getOrDefault(topic.name(), TopicEnds.EMPTY);
    }

    private static Map<String, String> folded(Topic topic) {
        Map<String, String> folded = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : TestBroker.settled(topic.name())) {
            if (record.value() == null) {
                folded.remove(new String(record.key(), UTF_8));
            } else {
                folded.put(new String(record.key(), UTF_8), new String(record.value(), UTF_8));
            }
        }
        return folded;
    }

    private static List<String> cleared(Topic topic) {
        return TestBroker.settled(topic.name()).stream()
                .filter(record -> record.headers().lastHeader("pg.op") != null)
                .map(record -> new String(record.key(), UTF_8))
                .toList();
    }

    private static void send(Sink sink, Topic topic, String key, String value) {
        sink.send(topic, bytes(key), bytes(value), 0, List.of());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
