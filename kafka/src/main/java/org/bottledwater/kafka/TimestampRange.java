package org.bottledwater.kafka;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;

/**
 * Which record timestamps a topic takes, by the broker's clock at the time when a message arrives there.
 *
 * @param beforeMaxMillis how far they may lie behind it
 * @param afterMaxMillis how far they may lie ahead of it
 */
public record TimestampRange(long beforeMaxMillis, long afterMaxMillis) {
    /** Of a topic that sets the time itself. */
    public static final TimestampRange ANY = new TimestampRange(Long.MAX_VALUE, Long.MAX_VALUE);

    /** Kafka's own since 4.0; of a topic whose settings may not be read. */
    public static final TimestampRange DEFAULT =
            new TimestampRange(Long.MAX_VALUE, Duration.ofHours(1).toMillis());

    /** Messages take a while to arrive, and no two clocks agree. */
    private static final long MARGIN_MAX_MILLIS = Duration.ofMinutes(10).toMillis();

    /** Before Kafka 4.0: both at once. */
    private static final String DIFFERENCE = "message.timestamp.difference.max.ms";

    static TimestampRange of(Map<String, String> config) {
        if ("LogAppendTime".equals(config.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG))) {
            return ANY;
        }
        if (config.isEmpty()) {
            return DEFAULT;
        }
        long both = millis(config, DIFFERENCE);
        return new TimestampRange(
                Math.min(both, millis(config, TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG)),
                Math.min(both, millis(config, TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG)));
    }

    private static long millis(Map<String, String> config, String name) {
        String value = config.get(name);
        return value == null ? Long.MAX_VALUE : Long.parseLong(value);
    }

    /**
     * The wanted timestamp, or the present time where the topic would refuse that, or almost.
     *
     * @param now by the broker's clock
     */
    public long accepted(long wanted, long now) {
        boolean isTaken = now - wanted <= beforeMaxMillis - margin(beforeMaxMillis)
                && wanted - now <= afterMaxMillis - margin(afterMaxMillis);
        return isTaken ? wanted : now;
    }

    private static long margin(long max) {
        return Math.min(max / 2, MARGIN_MAX_MILLIS);
    }
}
