package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AtLeastOnceSinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long BOUND = 1 << 20;
    private static final SinkOptions OPTIONS = new SinkOptions(Duration.ZERO, Duration.ofMillis(20), BOUND);

    private final Topics topics = new Topics(TestBroker.settings());
    private final CheckpointTopic checkpoints =
            new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));
    private final String slot = TestBroker.name("slot");
    private final Topic topic = topics.ensure(TestBroker.name("orders"), true);
    private final Checkpoint start =
            new Checkpoint(slot, "7421", "shop", "pgoutput", 100, SnapshotState.COMPLETE, Map.of());

    @BeforeEach
    void open() {
        checkpoints.ensure();
    }

    @AfterEach
    void close() {
        topics.close();
    }

    @Test
    void shouldBeSafeOnlyWithTheCheckpointWritten() {
        try (Sink sink = sink(OPTIONS)) {
            sink.resume(start);
            send(sink, 1);
            sink.boundary(200);
            send(sink, 2);
            sink.flush(PATIENCE);
            sink.advance(true);
            assertThat(sink.safe()).as("within a transaction").isEqualTo(100);
            sink.boundary(300);
            awaitSafe(sink, 300);
            assertThat(remembered()).isEqualTo(300);
            assertThat(TestBroker.values(topic.name())).hasSize(2);

            sink.idle(400);
            awaitSafe(sink, 400);
            assertThat(remembered()).isEqualTo(400);
        }
    }

    /** Both producers of a sink that was killed have a transaction open, which nobody may wait for. */
    @Test
    void shouldEndWhatAnExactlyOnceRunHasLeftOpen() {
        Topic second = topics.ensure(TestBroker.name("second"), true);
        try (Sink killed = Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, OPTIONS);
                Sink frozen = Sink.exactlyOnce(TestBroker.settings(), slot + "-2", checkpoints, OPTIONS)) {
            // The id of its first producer is that of the other one's second.
            send(frozen, topic, 1);
            frozen.flush(PATIENCE);
            send(killed, second, 2);
            killed.flush(PATIENCE);
            try (Sink sink = sink(OPTIONS)) {
                sink.commit(start);
                send(sink, topic, 3);
                send(sink, second, 4);
                sink.commit();
                assertThat(TestBroker.values(topic.name())).hasSize(1);
                assertThat(TestBroker.values(second.name())).hasSize(1);
                assertThatThrownBy(() -> killed.commit(start))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageStartingWith("another instance took over: transactional.id=bottledwater-" + slot);
            }
        }
    }

    @Test
    void shouldMakeACommitSafeAtOnce() {
        try (Sink sink = sink(new SinkOptions(Duration.ZERO, Duration.ofHours(1), BOUND))) {
            sink.commit(start);
            send(sink, 1);
            sink.boundary(200);
            sink.commit();
            assertThat(sink.safe()).isEqualTo(200);
            assertThat(remembered()).isEqualTo(200);
            send(sink, 2);
            sink.boundary(300);
            sink.advance(true);
            assertThat(sink.safe()).isEqualTo(200);
        }
    }

    @Test
    void shouldSendAgainAfterAnAbort() {
        try (Sink sink = sink(OPTIONS)) {
            sink.resume(start);
            send(sink, 1);
            sink.boundary(200);
            sink.abort();
            send(sink, 1);
            sink.boundary(200);
            awaitSafe(sink, 200);
        }
        assertThat(TestBroker.values(topic.name())).hasSize(2);
    }

    @Test
    void shouldFollowManySmallTransactions() {
        try (Sink sink = sink(OPTIONS)) {
            sink.resume(start);
            for (int i = 1; i <= 20_000; i++) {
                send(sink, i);
                sink.boundary(100 + i);
                sink.advance(false);
                assertThat(Lsn.isBefore(100 + i, sink.safe())).isFalse();
            }
            awaitSafe(sink, 20_100);
        }
        assertThat(TestBroker.values(topic.name())).hasSize(20_000);
    }

    @Test
    void shouldKeepMemoryBoundedAndTheSourceAliveInAnOutage() throws Exception {
        AtomicInteger alive = new AtomicInteger();
        AtomicLong most = new AtomicLong();
        AtomicLong safe = new AtomicLong(-1);
        int size = 10_000;
        int count = 500;
        try (Sink sink = sink(OPTIONS)) {
            sink.resume(start);
            send(sink, 0);
            sink.boundary(200);
            awaitSafe(sink, 200);
            sink.setWhileBlocked(() -> {
                most.accumulateAndGet(sink.bytesInFlight(), Math::max);
                safe.set(sink.safe());
                if (alive.incrementAndGet() == 5) {
                    TestBroker.thaw();
                }
            });
            TestBroker.freeze();
            try {
                for (int i = 0; i < count; i++) {
                    sink.send(topic, key(i), new byte[size], 0, List.of());
                    sink.boundary(300 + i);
                    sink.advance(false);
                }
            } finally {
                TestBroker.thaw();
            }
            assertThat(alive.get()).isGreaterThanOrEqualTo(5);
            assertThat(safe.get()).as("while nothing is acknowledged").isEqualTo(200);
            assertThat(most.get()).isBetween(BOUND, BOUND + 2L * size);
            awaitSafe(sink, 300 + count - 1);
        }
        assertThat(TestBroker.values(topic.name())).hasSize(count + 1);
    }

    @Test
    void shouldGiveUpWhenTheUserWantsTo() {
        KafkaSettings impatient =
                TestBroker.settings(Map.of("delivery.timeout.ms", "1000", "request.timeout.ms", "500"));
        try (Sink sink = Sink.atLeastOnce(impatient, slot, checkpoints, OPTIONS)) {
            sink.resume(start);
            send(sink, 0);
            sink.flush(PATIENCE);
            TestBroker.freeze();
            try {
                send(sink, 1);
                assertThatThrownBy(() -> sink.flush(Duration.ofMillis(100)))
                        .isInstanceOf(ConnectionException.class)
                        .hasMessageStartingWith("Kafka does not acknowledge: bytesInFlight=");
                sink.boundary(200);
                assertThatThrownBy(() -> sink.commit())
                        .isInstanceOf(ConnectionException.class)
                        .hasCauseInstanceOf(GaveUpException.class)
                        // Whichever of the two limits Kafka's client comes to first.
                        .hasMessageStartingWith("Kafka refused a message: ");
            } finally {
                TestBroker.thaw();
            }
            assertThat(sink.safe()).isEqualTo(100);
        }
    }

    private Sink sink(SinkOptions options) {
        return Sink.atLeastOnce(TestBroker.settings(), slot, checkpoints, options);
    }

    private void send(Sink sink, int i) {
        send(sink, topic, i);
    }

    private static void send(Sink sink, Topic to, int i) {
        sink.send(to, key(i), key(i), 0, List.of());
    }

    private static byte[] key(int i) {
        return new byte[] {(byte) (i >>> 8), (byte) i};
    }

    private static void awaitSafe(Sink sink, long lsn) {
        TestBroker.await("safe at " + lsn, () -> {
            sink.advance(true);
            return sink.safe() == lsn;
        });
    }

    private long remembered() {
        return checkpoints
                .read(slot, PATIENCE)
                .checkpoint()
                .map(Checkpoint::lsn)
                .orElse(Lsn.INVALID);
    }
}
