package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clocks that do not agree, and topics that mind. */
class TimestampTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final Topics topics = new Topics(TestBroker.settings());
    private final CheckpointTopic checkpoints =
            new CheckpointTopic(TestBroker.settings(), topics, TestBroker.name("checkpoints"));
    private final String slot = TestBroker.name("slot");

    /** The two kinds of sink. */
    enum Kind {
        EXACTLY_ONCE,
        AT_LEAST_ONCE;

        Sink open(String slot, CheckpointTopic checkpoints, BrokerClock clock) {
            SinkOptions options = SinkOptions.DEFAULT.withClock(clock);
            return this == EXACTLY_ONCE
                    ? Sink.exactlyOnce(TestBroker.settings(), slot, checkpoints, options)
                    : Sink.atLeastOnce(TestBroker.settings(), slot, checkpoints, options);
        }
    }

    @BeforeEach
    void ensure() {
        checkpoints.ensure();
    }

    @AfterEach
    void close() {
        topics.close();
    }

    @ParameterizedTest
    @EnumSource
    void shouldGiveAMessageThePresentTimeWhereItsOwnIsRefused(Kind kind) {
        Topic strict = topic(Map.of("message.timestamp.before.max.ms", Long.toString(HOUR)));
        Topic usual = topic(Map.of());
        Topic brokers = topic(Map.of("message.timestamp.type", "LogAppendTime"));
        Topic log = topic(Map.of("message.timestamp.before.max.ms", Long.toString(HOUR), "cleanup.policy", "delete"));
        long now = System.currentTimeMillis();
        try (Sink sink = kind.open(slot, checkpoints, new BrokerClock())) {
            sink.commit(checkpoint());
            for (Topic topic : List.of(strict, usual, brokers)) {
                for (long time : new long[] {now - 24 * HOUR, now - HOUR / 2, now, now + HOUR / 2, now + 2 * HOUR}) {
                    send(sink, topic, time);
                }
            }
            sink.inlet().send(strict, "copied".getBytes(UTF_8), new byte[1], now + 2 * HOUR, List.of());
            assertThat(sink.mark(log, now - 2 * HOUR, List.of())).isEqualTo(1);
            assertThat(sink.clear(strict, now - 2 * HOUR, List.of())).isEqualTo(6);
            sink.boundary(200);
            sink.commit();
            assertThat(sink.safe()).isEqualTo(200);
        }
        assertTimes(strict, now, now - HOUR / 2, now, now + HOUR / 2, now);
        assertTimes(usual, now - 24 * HOUR, now - HOUR / 2, now, now + HOUR / 2, now);
        assertTimes(brokers, now, now, now, now, now);
    }

    private static void assertTimes(Topic topic, long... expected) {
        List<ConsumerRecord<byte[], byte[]>> records = TestBroker.settled(topic.name());
        for (int i = 0; i < expected.length; i++) {
            assertThat(records.get(i).timestamp())
                    .as("message " + i)
                    .isCloseTo(expected[i], within(PATIENCE.toMillis()));
        }
    }

    /** Kafka's clock is learned from what it refuses; a new sink sends the same again. */
    @ParameterizedTest
    @EnumSource
    void shouldGoByKafkasClockWhereOurOwnIsWrong(Kind kind) {
        Topic topic = topic(Map.of());
        Topic other = topic(Map.of());
        BrokerClock clock = new BrokerClock(() -> System.currentTimeMillis() + 5 * HOUR);
        long commit = System.currentTimeMillis() + 5 * HOUR;
        try (Sink sink = kind.open(slot, checkpoints, clock)) {
            sink.commit(checkpoint());
            // The messages of a batch share the fate of one of them, whose topic is not the last that was sent to.
            send(sink, topic, System.currentTimeMillis());
            send(sink, topic, commit);
            assertThatThrownBy(() -> {
                        sink.flush(PATIENCE);
                        send(sink, other, 0);
                    })
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageStartingWith("Kafka refused a message: topic=" + topic.name() + ": Timestamp " + commit)
                    .hasMessageContaining("is out of range");
        }
        assertThat(clock.now()).isCloseTo(System.currentTimeMillis(), within(PATIENCE.toMillis()));
        try (Sink sink = kind.open(slot, checkpoints, clock)) {
            sink.resume(checkpoint());
            send(sink, topic, commit);
            sink.send(topic, key(7), new byte[1], -1, List.of());
            sink.boundary(200);
            sink.commit();
            assertThat(sink.safe()).isEqualTo(200);
        }
        assertThat(TestBroker.settled(topic.name()))
                .hasSizeGreaterThanOrEqualTo(2)
                .allSatisfy(found -> assertThat(found.timestamp())
                        .isCloseTo(System.currentTimeMillis(), within(PATIENCE.toMillis())));
    }

    @Test
    void shouldEndWhereNothingHelpsAndNameTheTopic() {
        Throwable refusal = new org.apache.kafka.common.errors.InvalidTimestampException(
                "Timestamp 1 of message with offset 0 is out of range. The timestamp should be within [2, 3]");
        BrokerClock clock = new BrokerClock();
        for (int i = 0; i < 3; i++) {
            assertThat(clock.refused("orders", refusal)).isInstanceOf(ConnectionException.class);
        }
        assertThat(clock.refused("orders", refusal))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("Kafka refused a message: topic=orders: " + refusal.getMessage()
                        + "\n  set the clocks of the database, of this machine and of Kafka right, or let the topic take any"
                        + " time: message.timestamp.type=LogAppendTime");
    }

    @Test
    void shouldKnowWhatABrokerBefore4Takes() {
        assertThat(TimestampRange.of(Map.of("message.timestamp.difference.max.ms", "5000")))
                .isEqualTo(new TimestampRange(5000, 5000));
        assertThat(TimestampRange.of(Map.of("message.timestamp.type", "CreateTime")))
                .isEqualTo(TimestampRange.ANY);
        assertThat(TimestampRange.of(Map.of())).isEqualTo(TimestampRange.DEFAULT);
    }

    private Topic topic(Map<String, String> config) {
        KafkaSettings settings = new KafkaSettings(TestBroker.address(), Map.of(), config, 1, (short) -1, true);
        try (Topics makes = new Topics(settings)) {
            return makes.ensure(TestBroker.name("orders"), true);
        }
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(slot, "7421", "shop", "pgoutput", 100, SnapshotState.COMPLETE, Map.of());
    }

    private static void send(Sink sink, Topic topic, long time) {
        sink.send(topic, Long.toString(time).getBytes(UTF_8), new byte[1], time, List.of());
    }

    private static byte[] key(int i) {
        return new byte[] {(byte) i};
    }
}
