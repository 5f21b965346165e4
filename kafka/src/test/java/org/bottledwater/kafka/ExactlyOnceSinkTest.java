package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ExactlyOnceSinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final SinkOptions NEVER_BY_TIME =
            new SinkOptions(Duration.ofHours(1), Duration.ofHours(1), SinkOptions.DEFAULT.maxBytesInFlight());

    private final Topics topics = new Topics(TestBroker.settings());
    private final CheckpointTopic checkpoints =
            new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));

    private String slot = "";
    private Topic topic = Topic.missing("");
    private Topic second = Topic.missing("");

    @BeforeAll
    void open() {
        checkpoints.ensure();
    }

    @AfterAll
    void close() {
        topics.close();
    }

    @BeforeEach
    void names() {
        slot = TestBroker.name("slot");
        topic = topics.ensure(TestBroker.name("orders"), true);
        second = topics.ensure(TestBroker.name("customers"), true);
    }

    @Test
    void shouldShowATransactionOnlyAfterItsCommit() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            send(sink, topic, "a", "1");
            send(sink, second, "b", "2");
            sink.advance(true);
            sink.flush(PATIENCE);
            assertThat(TestBroker.records(topic.name(), "read_uncommitted")).hasSize(1);
            assertThat(TestBroker.records(topic.name(), "read_committed")).isEmpty();

            sink.boundary(200);
            assertThat(sink.safe()).isEqualTo(100);
            sink.advance(false);
            assertThat(sink.safe()).as("neither drained nor time").isEqualTo(100);
            sink.advance(true);

            assertThat(sink.safe()).isEqualTo(200);
            assertThat(TestBroker.values(topic.name())).containsExactly("1");
            assertThat(TestBroker.values(second.name())).containsExactly("2");
            assertThat(remembered()).isEqualTo(200);
        }
    }

    @Test
    void shouldNeverCommitInTheMiddleOfATransactionOfPostgres() {
        try (Sink sink = sink(new SinkOptions(Duration.ZERO, Duration.ZERO, 1 << 20))) {
            sink.resume(checkpoint(100));
            send(sink, topic, "a", "1");
            sink.boundary(200);
            send(sink, topic, "b", "2");
            sink.advance(true);
            assertThat(sink.safe()).isEqualTo(100);
            sink.boundary(300);
            sink.advance(false);
            assertThat(sink.safe()).as("the interval is over").isEqualTo(300);
        }
    }

    @Test
    void shouldCommitAStreamThatNeverPausesBeforeTheIntervalIsOverWhereCommitsAreQuick() {
        Duration interval = Duration.ofSeconds(30);
        try (Sink sink = sink(new SinkOptions(interval, interval, 1 << 20))) {
            sink.resume(checkpoint(100));
            long begun = System.nanoTime();
            long lsn = 100;
            while (sink.safe() == 100) {
                send(sink, topic, "a", "1");
                sink.boundary(++lsn);
                sink.advance(false);
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(interval.dividedBy(10), interval);
        }
    }

    @Test
    void shouldNotRestForLongAfterOneCommitThatHadToWait() {
        Duration outage = Duration.ofSeconds(3);
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            for (int i = 1; i <= 20; i++) {
                commitDrained(sink, 100 + i);
            }
            TestBroker.freeze();
            CompletableFuture<Void> thawed = CompletableFuture.runAsync(
                    TestBroker::thaw, CompletableFuture.delayedExecutor(outage.toMillis(), TimeUnit.MILLISECONDS));
            Duration waited = commitDrained(sink, 200);
            thawed.join();
            assertThat(waited).isGreaterThan(outage.dividedBy(2));
            assertThat(commitDrained(sink, 201)).isLessThan(outage.dividedBy(2));
        } finally {
            TestBroker.thaw();
        }
    }

    /** One row, and what a stream does that has nothing more. Returns how long that took. */
    private Duration commitDrained(Sink sink, long lsn) {
        long begun = System.nanoTime();
        send(sink, topic, "a", "1");
        sink.boundary(lsn);
        while (sink.safe() < lsn) {
            sink.advance(true);
            Thread.onSpinWait();
        }
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @Test
    void shouldCommitSoonWhatIsReadAsFastAsItComes() {
        Duration interval = Duration.ofSeconds(100);
        try (Sink sink = sink(new SinkOptions(interval, interval, 1 << 20))) {
            sink.resume(checkpoint(100));
            sink.keepingUp(true);
            long begun = System.nanoTime();
            long lsn = 100;
            while (sink.safe() == 100) {
                send(sink, topic, "a", "1");
                sink.boundary(++lsn);
                sink.advance(false);
                LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("a fiftieth, and not a tenth")
                    .isBetween(interval.dividedBy(50), interval.dividedBy(10));
        }
    }

    @Test
    void shouldSendKeyValueTimeAndHeaders() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.send(topic, bytes("k"), null, 1234, List.of(new RecordHeader("op", bytes("d"))));
            sink.send(topic, bytes("k"), bytes("v"), -1, List.of());
            sink.commit();
        }
        List<ConsumerRecord<byte[], byte[]>> records = TestBroker.settled(topic.name());
        ConsumerRecord<byte[], byte[]> tombstone = records.get(0);
        assertThat(tombstone.key()).isEqualTo(bytes("k"));
        assertThat(tombstone.value()).isNull();
        assertThat(tombstone.timestamp()).isEqualTo(1234);
        assertThat(tombstone.headers().lastHeader("op").value()).isEqualTo(bytes("d"));
        assertThat(records.get(1).timestamp()).isGreaterThan(1234);
    }

    @Test
    void shouldLeaveNothingOfWhatIsAborted() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            send(sink, topic, "a", "gone");
            sink.boundary(200);
            sink.abort();
            assertThat(sink.safe()).isEqualTo(100);
            assertThat(sink.bytesInFlight()).isZero();

            send(sink, topic, "a", "kept");
            sink.boundary(200);
            sink.advance(true);
            assertThat(TestBroker.values(topic.name())).containsExactly("kept");
        }
    }

    @Test
    void shouldLeaveNothingOfWhatIsNotCommittedAtTheEnd() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            send(sink, topic, "a", "gone");
            sink.flush(PATIENCE);
        }
        try (Sink sink = sink(NEVER_BY_TIME)) {
            send(sink, topic, "a", "kept");
            sink.commit();
        }
        assertThat(TestBroker.values(topic.name())).containsExactly("kept");
    }

    @Test
    void shouldFenceAnEarlierInstance() {
        try (Sink first = sink(NEVER_BY_TIME)) {
            first.resume(checkpoint(100));
            send(first, topic, "a", "first");
            first.flush(PATIENCE);
            try (Sink next = sink(NEVER_BY_TIME)) {
                send(next, topic, "a", "next");
                next.commit();
                first.boundary(200);
                assertThatThrownBy(() -> first.advance(true))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessage("another instance took over: transactional.id=bottledwater-" + slot
                                + "; only one may run for a slot: stop the other one, or give each its own --slot");
                assertThat(first.safe()).isEqualTo(100);
            }
        }
        assertThat(TestBroker.values(topic.name())).containsExactly("next");
    }

    @Test
    void shouldMoveTheCheckpointWhenThereIsNothingToSend() {
        try (Sink sink = sink(new SinkOptions(Duration.ofHours(1), Duration.ZERO, 1 << 20))) {
            sink.resume(checkpoint(100));
            sink.idle(300);
            assertThat(sink.safe()).isEqualTo(300);
            assertThat(remembered()).isEqualTo(300);
            sink.idle(200);
            assertThat(sink.safe()).as("never back").isEqualTo(300);

            send(sink, topic, "a", "1");
            sink.idle(400);
            assertThat(sink.safe()).as("within a transaction").isEqualTo(300);
        }
    }

    @Test
    void shouldNotWriteTheCheckpointOfAnIdleDatabaseTooOften() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            sink.idle(300);
            assertThat(sink.safe()).isEqualTo(100);
            sink.commit();
            assertThat(sink.safe()).isEqualTo(300);
        }
    }

    @Test
    void shouldRefuseWhatCanNeverBeDeliveredAndGoOn() {
        byte[] noise = new byte[2_000_000];
        long seed = System.nanoTime();
        new Random(seed).nextBytes(noise);
        try (Sink sink = sink(NEVER_BY_TIME)) {
            send(sink, topic, "a", "before");
            assertThatThrownBy(() -> sink.send(topic, bytes("k"), noise, 0, List.of()))
                    .as("seed=" + seed)
                    .isInstanceOf(UndeliverableException.class)
                    .hasMessageMatching("message too large: topic=" + topic.name()
                            + " bytes=20\\d{5} limit=1048588; raise the topic's max\\.message\\.bytes");
            assertThatThrownBy(() -> sink.send(topic, bytes("k"), new byte[60 << 20], 0, List.of()))
                    .isInstanceOf(UndeliverableException.class)
                    .hasMessageContaining("-C buffer.memory");
            assertThatThrownBy(() -> sink.send(topic, null, bytes("v"), 0, List.of()))
                    .isInstanceOf(UndeliverableException.class)
                    .hasMessage("message without key: topic=" + topic.name()
                            + " is compacted; set its cleanup.policy to delete, or give the table a primary key");
            Topic missing = Topic.missing("nowhere");
            assertThatThrownBy(() -> sink.send(missing, bytes("k"), noise, 0, List.of()))
                    .isInstanceOf(UndeliverableException.class)
                    .hasMessage("topic missing: topic=nowhere; create it, or let missing topics be created");
            sink.send(topic, bytes("k"), new byte[2_000_000], 0, List.of());
            send(sink, topic, "a", "after");
            sink.commit();
        }
        assertThat(TestBroker.values(topic.name())).map(String::length).containsExactly(6, 2_000_000, 5);
    }

    @Test
    void shouldStopWhenTheBrokerRefusesAMessageAfterAll() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            Topic lookedUpTooEarly = new Topic(topic.name(), Integer.MAX_VALUE, false, false, true);
            sink.send(lookedUpTooEarly, null, bytes("no key"), 0, List.of());
            send(sink, topic, "a", "1");
            assertThatThrownBy(sink::commit).isInstanceOf(ConfigurationException.class);
        }
        assertThat(TestBroker.values(topic.name())).isEmpty();
    }

    @Test
    void shouldMeasureUncompressedWhereTheTopicStoresUncompressed() {
        KafkaSettings settings = new KafkaSettings(
                TestBroker.address(), Map.of(), Map.of("compression.type", "uncompressed"), 1, (short) 1, true);
        try (Topics own = new Topics(settings);
                Sink sink = sink(NEVER_BY_TIME)) {
            Topic plain = own.ensure(TestBroker.name("plain"), true);
            assertThatThrownBy(() -> sink.send(plain, bytes("k"), new byte[2_000_000], 0, List.of()))
                    .isInstanceOf(UndeliverableException.class);
        }
    }

    @Test
    void shouldKeepManyLargeMessagesBelowTheTopicsLimit() {
        try (Sink sink = sink(NEVER_BY_TIME)) {
            for (int i = 0; i < 40; i++) {
                byte[] half = new byte[1_900_000];
                new Random(i).nextBytes(half);
                Arrays.fill(half, 900_000, half.length, (byte) 0);
                sink.send(topic, bytes("k" + i), half, 0, List.of());
            }
            sink.commit();
        }
        assertThat(TestBroker.settled(topic.name())).hasSize(40);
    }

    @Test
    void shouldWaitOutAnOutageAndKeepTheSourceAlive() throws Exception {
        AtomicInteger alive = new AtomicInteger();
        try (Sink sink = sink(NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            sink.setWhileBlocked(alive::incrementAndGet);
            send(sink, topic, "a", "1");
            sink.flush(PATIENCE);
            sink.boundary(200);
            TestBroker.freeze();
            Thread thaw = new Thread(() -> {
                try {
                    TestBroker.await("the hook runs", () -> alive.get() >= 3);
                } finally {
                    TestBroker.thaw();
                }
            });
            thaw.start();
            sink.advance(true);
            thaw.join();
            assertThat(alive.get()).isGreaterThanOrEqualTo(3);
            assertThat(sink.safe()).isEqualTo(200);
        }
        assertThat(TestBroker.values(topic.name())).containsExactly("1");
    }

    @Test
    void shouldLetAnInterruptEndAWait() throws Exception {
        Sink sink = sink(NEVER_BY_TIME);
        try {
            send(sink, topic, "a", "1");
            sink.flush(PATIENCE);
            TestBroker.freeze();
            Thread owner = Thread.currentThread();
            AtomicInteger blocked = new AtomicInteger();
            sink.setWhileBlocked(() -> {
                if (blocked.incrementAndGet() == 1) {
                    owner.interrupt();
                }
            });
            assertThatThrownBy(sink::commit)
                    .isInstanceOf(ConnectionException.class)
                    .hasMessage("cannot commit: interrupted");
            assertThat(Thread.interrupted()).isTrue();
            long before = System.nanoTime();
            sink.close();
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(6));
        } finally {
            TestBroker.thaw();
            sink.close();
        }
    }

    @Test
    void shouldTellATransactionThatKafkaEndedFromAnotherInstance() {
        KafkaSettings impatient = TestBroker.settings(Map.of("transaction.timeout.ms", "1000"));
        try (Sink sink = Sink.exactlyOnce(impatient, slot, checkpoints, NEVER_BY_TIME)) {
            sink.resume(checkpoint(100));
            send(sink, topic, "a", "1");
            sink.flush(PATIENCE);
            // The broker looks for transactions that are too old every ten seconds.
            TestBroker.await("the broker ends the transaction", () -> {
                return topics.admin().listTransactions().all().toCompletionStage().toCompletableFuture().join().stream()
                        .anyMatch(t -> t.transactionalId().equals("bottledwater-" + slot)
                                && t.state() == TransactionState.COMPLETE_ABORT);
            });
            sink.boundary(200);
            assertThatThrownBy(() -> sink.advance(true))
                    .isInstanceOf(TransactionExpiredException.class)
                    .hasMessage("the Kafka transaction was open for too long: transaction.timeout.ms=1000,"
                            + " and the PostgreSQL transaction after 0/64 is not complete yet");
            assertThat(sink.safe()).isEqualTo(100);
        }
        assertThat(TestBroker.values(topic.name())).isEmpty();
    }

    @Test
    void shouldWaitForNoLongerThanItMay() {
        SinkOptions impatient = NEVER_BY_TIME.withGiveUpAfter(Optional.of(Duration.ofSeconds(2)));
        Sink sink = sink(impatient);
        try {
            sink.resume(checkpoint(100));
            send(sink, topic, "a", "1");
            sink.boundary(200);
            TestBroker.freeze();
            long before = System.nanoTime();
            assertThatThrownBy(() -> sink.advance(true))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageEndingWith(": waited for Kafka for 2s")
                    .hasCauseInstanceOf(GaveUpException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - before))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(20));
            // The interrupt that ended the wait is nobody else's.
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        } finally {
            TestBroker.thaw();
            sink.close();
        }
        assertThat(sink.safe()).isEqualTo(100);
    }

    private Sink sink(SinkOptions options) {
        return Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, options);
    }

    private Checkpoint checkpoint(long lsn) {
        return new Checkpoint(slot, "7421", "shop", "pgoutput", lsn, SnapshotState.COMPLETE, Map.of());
    }

    private long remembered() {
        return checkpoints
                .read(slot, PATIENCE)
                .checkpoint()
                .map(Checkpoint::lsn)
                .orElse(Lsn.INVALID);
    }

    private static void send(Sink sink, Topic topic, String key, String value) {
        sink.send(topic, bytes(key), bytes(value), 0, List.of());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
