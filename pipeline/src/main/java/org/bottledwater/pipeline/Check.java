package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.Finding.Group;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Table;

/**
 * Finds out whether a run with these settings would work, without making or changing anything, next to a running
 * instance too. It asks what a run asks before it begins, and goes on where a run would end.
 */
public final class Check {
    private final Settings settings;
    private final Consumer<Finding> listener;

    private Check(Settings settings, Consumer<Finding> listener) {
        this.settings = settings;
        this.listener = listener;
    }

    /** Tells {@code listener} of each finding as it is made, group by group. */
    public static void run(Settings settings, Consumer<Finding> listener) {
        new Check(settings, listener).run();
    }

    /** As the other, of the database alone: where the messages go is somebody else's. */
    public static void source(Settings settings, Consumer<Finding> listener) {
        Check check = new Check(settings, listener);
        Optional<Postgres> postgres = check.connect();
        try {
            postgres.ifPresent(session -> new PostgresCheck(settings, session, listener).run());
        } finally {
            postgres.ifPresent(Postgres::close);
        }
    }

    private void run() {
        Optional<Postgres> postgres = connect();
        try {
            PostgresCheck.Result seen = postgres.map(session -> new PostgresCheck(settings, session, listener).run())
                    .orElse(new PostgresCheck.Result(List.of(), false));
            // Where a run would go on is asked of a session that replicates; that there can be none has been said.
            kafka(postgres.filter(session -> seen.replicates()), seen.tables());
            if (settings.format() == OutputFormat.AVRO) {
                new RegistryCheck(settings, new Findings(Group.REGISTRY, listener)).run(postgres, seen.tables());
            }
        } finally {
            postgres.ifPresent(Postgres::close);
        }
    }

    private Optional<Postgres> connect() {
        Postgres[] opened = new Postgres[1];
        new Findings(Group.SERVER, listener).passes(() -> opened[0] = Postgres.connect(settings.postgres()));
        return Optional.ofNullable(opened[0]);
    }

    private void kafka(Optional<Postgres> postgres, List<Table> tables) {
        Findings findings = new Findings(Group.KAFKA, listener);
        findings.passes(() -> {
            try (Topics topics = new Topics(settings.kafka())) {
                new KafkaCheck(settings, topics, findings).run(postgres, tables);
            }
        });
    }
}
