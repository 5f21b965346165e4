package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.SchemaVerdict;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Table;

/** What {@link Check} finds in the schema registry: whether it answers, and whether it would take the schemas. */
final class RegistryCheck {
    private final Settings settings;
    private final Findings findings;

    RegistryCheck(Settings settings, Findings findings) {
        this.settings = settings;
        this.findings = findings;
    }

    void run(Optional<Postgres> postgres, List<Table> tables) {
        findings.passes(() -> {
            SchemaRegistry registry = new SchemaRegistry(settings.registry());
            registry.reachable();
            findings.ok("it answers");
            postgres.ifPresent(session -> schemas(registry, session, tables));
        });
    }

    private void schemas(SchemaRegistry registry, Postgres session, List<Table> tables) {
        int taken = 0;
        int refused = 0;
        for (SchemaReport.Entry entry : SchemaReport.entries(settings, session, tables)) {
            for (SchemaReport.Part part : entry.parts()) {
                SchemaVerdict verdict = part.check(registry);
                if (verdict.kind() == SchemaVerdict.Kind.REFUSED) {
                    refused++;
                    String[] lines = verdict.text().split("\n");
                    findings.problem(
                            "it would refuse a schema: table=" + entry.table() + ": " + lines[0],
                            List.of(lines).subList(1, lines.length).stream()
                                    .map(String::strip)
                                    .toArray(String[]::new));
                } else {
                    taken++;
                }
            }
        }
        if (refused == 0) {
            findings.ok("it would take the schemas of all captured tables: " + taken);
        }
    }
}
