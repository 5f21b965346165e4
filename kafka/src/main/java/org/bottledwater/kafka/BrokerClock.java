package org.bottledwater.kafka;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time by Kafka's clock, as far as it is known. No request asks for it: it counts as this machine's until the broker
 * refuses a timestamp, and says which ones it would take. One is for a whole run. Thread-safe.
 */
public final class BrokerClock {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerClock.class);

    /** How Kafka's {@code LogValidator} puts it. */
    private static final Pattern RANGE = Pattern.compile("should be within \\[(-?\\d+), (-?\\d+)]");

    /** So often in a row is no accident: the machine may have slept, or Kafka may have been away for long. */
    private static final int REFUSALS_MAX = 3;

    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(5);

    private static final long WORTH_A_LINE_MILLIS = Duration.ofSeconds(10).toMillis();

    private final LongSupplier own;
    private final Map<String, TimestampRange> ranges = new ConcurrentHashMap<>();

    /** How far Kafka's is ahead of our own. */
    private volatile long aheadMillis;

    private int refusals;
    private long refusedAt = System.nanoTime();

    public BrokerClock() {
        this(System::currentTimeMillis);
    }

    BrokerClock(LongSupplier own) {
        this.own = own;
    }

    long now() {
        return own.getAsLong() + aheadMillis;
    }

    /** For a message that has no time of its own; null leaves it to the producer, which takes this machine's. */
    @Nullable
    Long stamp() {
        return aheadMillis == 0 ? null : now();
    }

    /** Messages go to this topic from now on. */
    void knows(Topic topic) {
        ranges.put(topic.name(), topic.timestamps());
    }

    /** Kafka has refused a timestamp: it is sent again by Kafka's clock, if that can be told. */
    synchronized RuntimeException refused(String topic, Throwable refusal) {
        String message = "Kafka refused a message: topic=" + topic + ": " + refusal.getMessage();
        Matcher range = RANGE.matcher(String.valueOf(refusal.getMessage()));
        long time = System.nanoTime();
        if (time - refusedAt > FORGOTTEN_AFTER.toNanos()) {
            refusals = 0;
        }
        refusedAt = time;
        if (++refusals > REFUSALS_MAX || !range.find()) {
            return new ConfigurationException(
                    message
                            + "\n  set the clocks of the database, of this machine and of Kafka right, or let the topic take any time:"
                            + " message.timestamp.type=LogAppendTime",
                    refusal);
        }
        TimestampRange topicsOwn = ranges.getOrDefault(topic, TimestampRange.DEFAULT);
        long now = topicsOwn.afterMaxMillis() < Long.MAX_VALUE
                ? Long.parseLong(range.group(2)) - topicsOwn.afterMaxMillis()
                : Long.parseLong(range.group(1)) + topicsOwn.beforeMaxMillis();
        long ahead = now - own.getAsLong();
        if (Math.abs(ahead - aheadMillis) > WORTH_A_LINE_MILLIS) {
            LOG.warn(
                    "the clocks of Kafka and of this machine differ: Kafka's is {} s {}; where a topic does not take the"
                            + " time of a commit, messages get the time by Kafka's",
                    Duration.ofMillis(Math.abs(ahead)).toSeconds(),
                    ahead < 0 ? "behind" : "ahead");
            aheadMillis = ahead;
        }
        return new ConnectionException(message, refusal);
    }
}
