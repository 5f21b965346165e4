package org.bottledwater.cli;

import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.PluginChoice;
import org.bottledwater.pipeline.SnapshotMode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is copied, and how it is read. */
final class SourceOptions {
    private static final int MOST_WORKERS = 8;

    @Mixin
    final PostgresOptions postgres;

    @Option(
            names = "--tables",
            paramLabel = "PATTERNS",
            order = 3,
            description = "Which tables: 'public.*,!public.audit' (all)")
    String tables = "";

    @Option(
            names = {"-u", "--allow-unkeyed"},
            arity = "0..1",
            fallbackValue = "true",
            order = 4,
            description = "Also copy tables that have no primary key")
    boolean allowUnkeyed;

    @Option(
            names = {"-x", "--skip-snapshot"},
            arity = "0..1",
            fallbackValue = "true",
            order = 5,
            description = "The same as --snapshot=never")
    boolean skipSnapshot;

    @Option(
            names = "--snapshot",
            paramLabel = "WHEN",
            order = 5,
            description = "initial, never, always or only (initial)")
    SnapshotMode snapshot = SnapshotMode.INITIAL;

    @Option(
            names = "--snapshot-workers",
            paramLabel = "N",
            order = 5,
            description = "Connections that copy at a time (as the cores)")
    int snapshotWorkers =
            Math.max(1, Math.min(MOST_WORKERS, Runtime.getRuntime().availableProcessors()));

    @Option(
            names = "--publication",
            paramLabel = "NAME",
            order = 6,
            description = "Use this publication of yours, make none")
    String publication = "";

    @Option(
            names = "--partitioned",
            paramLabel = "AS",
            order = 8,
            description = "One topic by root, or by leaf partition (root)")
    PartitionedTables partitioned = PartitionedTables.ROOT;

    @Option(names = "--plugin", paramLabel = "NAME", order = 7, description = "auto, pgoutput or test_decoding (auto)")
    PluginChoice plugin = PluginChoice.AUTO;

    SourceOptions() {
        this(new PostgresOptions());
    }

    SourceOptions(PostgresOptions postgres) {
        this.postgres = postgres;
    }
}
