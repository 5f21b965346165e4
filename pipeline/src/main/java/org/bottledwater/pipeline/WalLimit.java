package org.bottledwater.pipeline;

import java.time.Duration;

/**
 * How much of the log the slot may make the server keep ({@code --max-retained-wal}).
 *
 * @param patience for how long it may be more without getting less, which tells a run that is stuck from one that catches
 *     up
 */
public record WalLimit(long bytes, OnMaxWal action, Duration patience) {
    public static final Duration PATIENCE = Duration.ofSeconds(20);
}
