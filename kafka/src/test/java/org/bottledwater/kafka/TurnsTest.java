package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.Test;

/** The two producers of an exactly-once sink, which take turns where commits follow each other soon. */
class TurnsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final int COMMITS = 100;

    @Test
    void shouldTakeTurnsWhereCommitsFollowEachOtherSoon() throws Exception {
        String slot = TestBroker.name("slot");
        try (Topics topics = new Topics(TestBroker.settings())) {
            CheckpointTopic checkpoints = checkpoints(topics);
            Topic live = topics.ensure(TestBroker.name("live"), true);
            Topic first = topics.ensure(TestBroker.name("first"), true);
            Topic backlog = topics.ensure(TestBroker.name("backlog"), true);
            try (Sink sink = Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT)) {
                sink.resume(checkpoint(slot, 1));
                send(sink, first, "row");
                sink.commit();
                for (int i = 0; i < 5; i++) {
                    send(sink, backlog, "row");
                    sink.boundary(2 + i);
                    sink.commit();
                }
                assertThat(producers(topics, first)).hasSize(1);
                assertThat(producers(topics, backlog))
                        .as("a backlog is one's, but for the first transaction")
                        .hasSize(1)
                        .doesNotContainAnyElementsOf(producers(topics, first));

                sink.keepingUp(true);
                for (int i = 0; i < 5; i++) {
                    commit(sink, live, "row", 10 + i);
                }
                assertThat(producers(topics, live)).hasSize(2);
            }
        }
    }

    /** The numbers of those that have written to it. */
    private static Set<Long> producers(Topics topics, Topic topic) throws Exception {
        TopicPartition partition = new TopicPartition(topic.name(), 0);
        return topics
                .admin()
                .describeProducers(List.of(partition))
                .partitionResult(partition)
                .get()
                .activeProducers()
                .stream()
                .map(ProducerState::producerId)
                .collect(Collectors.toSet());
    }

    @Test
    void shouldKeepTheOrder() {
        String slot = TestBroker.name("slot");
        try (Topics topics = new Topics(TestBroker.settings())) {
            CheckpointTopic checkpoints = checkpoints(topics);
            Topic topic = topics.ensure(TestBroker.name("orders"), true);
            try (Sink sink = Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT)) {
                sink.resume(checkpoint(slot, 1));
                sink.keepingUp(true);
                for (int i = 0; i < COMMITS; i++) {
                    commit(sink, topic, Integer.toString(i), 2 + i);
                }
            }
            List<ConsumerRecord<byte[], byte[]>> records = TestBroker.settled(topic.name());
            assertThat(records.stream().map(message -> new String(message.value(), UTF_8)))
                    .isEqualTo(IntStream.range(0, COMMITS)
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }

    /** Whichever's turn it is: an instance that was forgotten commits nothing more. */
    @Test
    void shouldFenceBoth() throws Exception {
        for (int turns = 0; turns < 2; turns++) {
            String slot = TestBroker.name("slot");
            try (Topics topics = new Topics(TestBroker.settings())) {
                CheckpointTopic checkpoints = checkpoints(topics);
                Topic topic = topics.ensure(TestBroker.name("orders"), true);
                try (Sink first = Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT)) {
                    first.resume(checkpoint(slot, 1));
                    first.keepingUp(true);
                    for (int i = 0; i < turns; i++) {
                        commit(first, topic, "before", 2 + i);
                    }
                    long safe = first.safe();
                    send(first, topic, "forgotten");
                    first.flush(PATIENCE);
                    String open = "bottledwater-" + slot + (turns == 0 ? "" : "-2");
                    assertThat(topics.admin().listTransactions().all().get())
                            .anyMatch(
                                    transaction -> transaction.transactionalId().equals(open)
                                            && transaction.state() == TransactionState.ONGOING);
                    try (Sink next = Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, SinkOptions.DEFAULT)) {
                        assertThat(checkpoints
                                        .read(slot, PATIENCE)
                                        .checkpoint()
                                        .map(Checkpoint::lsn)
                                        .orElse(Lsn.INVALID))
                                .as("turns=%d", turns)
                                .isEqualTo(turns == 0 ? Lsn.INVALID : safe);
                        send(next, topic, "next");
                        next.commit();
                        assertThatThrownBy(first::commit)
                                .isInstanceOf(ConfigurationException.class)
                                .hasMessageStartingWith("another instance took over: transactional.id=" + open + ";");
                        assertThat(first.safe()).isEqualTo(safe);
                    }
                }
                assertThat(TestBroker.values(topic.name()))
                        .doesNotContain("forgotten")
                        .endsWith("next");
            }
        }
    }

    private static CheckpointTopic checkpoints(Topics topics) {
        CheckpointTopic checkpoints =
                new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));
        checkpoints.ensure();
        return checkpoints;
    }

    /** One row, and what a stream does that has nothing more. */
    private static void commit(Sink sink, Topic topic, String value, long lsn) {
        send(sink, topic, value);
        sink.boundary(lsn);
        while (sink.safe() < lsn) {
            sink.advance(true);
            Thread.onSpinWait();
        }
    }

    private static void send(Sink sink, Topic topic, String value) {
        sink.send(topic, "key".getBytes(UTF_8), value.getBytes(UTF_8), 0, List.of());
    }

    private static Checkpoint checkpoint(String slot, long lsn) {
        return new Checkpoint(slot, "7421", "shop", "pgoutput", lsn, SnapshotState.COMPLETE, Map.of());
    }
}
