package org.bottledwater.cli;

import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.PluginChoice;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is copied, and how it is read. */
final class SourceOptions {
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
            description = "Only what changes from now on, not what is there")
    boolean skipSnapshot;

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
