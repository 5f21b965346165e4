package org.bottledwater.cli;

import org.bottledwater.postgres.PostgresAddress;
import picocli.CommandLine.Option;

/** Where the database is, and which slot is ours in it. */
final class PostgresOptions {
    @Option(
            names = {"-d", "--postgres"},
            paramLabel = "URI",
            order = 1,
            description = "postgres://user@host/database")
    String postgres = "";

    @Option(
            names = {"-s", "--slot"},
            paramLabel = "NAME",
            order = 2,
            description = "Replication slot, made if missing (bottledwater)")
    String slot = "bottledwater";

    /**
     * The database that was named. Copying one that nobody named, just because a server happens to listen on this
     * machine, would be a surprise, so something has to say it.
     */
    PostgresAddress address(Terminal terminal) {
        var environment = terminal.environment();
        if (postgres.isBlank() && !environment.containsKey("PGHOST") && !environment.containsKey("PGDATABASE")) {
            throw new WrongUsage(
                    "which database? Say for example --postgres=postgres://localhost/mydatabase, or set PGHOST and PGDATABASE");
        }
        return PostgresAddress.parse(postgres, environment, terminal.home());
    }
}
