package org.bottledwater.pipeline.audit;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How an audit goes about it.
 *
 * @param repair whether to send what is missing or different, and null values for what is extra
 * @param workers how many tables are compared at a time; each takes up to 80 MB
 * @param patience how long the running pipeline may stand still before the audit gives up waiting for it
 * @param folder where the temporary files are: about 60 bytes for each message and each row of the tables in work
 * @param samples how many keys are told of each table
 */
public record AuditSettings(boolean repair, int workers, Duration patience, Path folder, int samples) {
    /** Compares only. */
    public static AuditSettings standard() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new AuditSettings(
                false,
                Math.max(1, Math.min(2, cores / 2)),
                Duration.ofSeconds(60),
                Path.of(System.getProperty("java.io.tmpdir", ".")),
                10);
    }

    public AuditSettings withRepair(boolean wanted) {
        return new AuditSettings(wanted, workers, patience, folder, samples);
    }
}
