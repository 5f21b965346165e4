package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.SchemaVerdict;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Table;

/** The Avro schemas that a run would use for the tables as they are now. Only PostgreSQL is asked, and nothing made. */
public final class SchemaReport implements AutoCloseable {
    private final Settings settings;
    private final Postgres postgres;
    private final List<Table> captured;

    /** A schema and the subject it would be registered under. */
    public record Part(String subject, Schema schema) {
        /** What the registry would say of it; nothing is registered. */
        public SchemaVerdict check(SchemaRegistry registry) {
            return registry.check(subject, schema.toString());
        }
    }

    /** Where the rows of a table go, and in which form; without key for an unkeyed table. */
    public record Entry(TableName table, String topic, Optional<Part> key, Part value) {
        /** Key, if there is one, and value. */
        public List<Part> parts() {
            return key.map(part -> List.of(part, value)).orElse(List.of(value));
        }
    }

    private SchemaReport(Settings settings, Postgres postgres) {
        this.settings = settings;
        this.postgres = postgres;
        this.captured = CapturedTables.of(settings, postgres);
    }

    /** @throws ConfigurationException if the format has no schemas, or PostgreSQL refuses */
    public static SchemaReport open(Settings settings) {
        if (settings.format() != OutputFormat.AVRO) {
            throw new ConfigurationException("JSON messages have no schemas: leave out --output-format=json");
        }
        Postgres postgres = Postgres.connect(settings.postgres());
        try {
            return new SchemaReport(settings, postgres);
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    /** The tables that a run would capture, in order, partitioned ones for their partitions. */
    public List<TableName> tables() {
        return captured.stream().map(Table::published).distinct().toList();
    }

    /**
     * The schemas of the captured tables that the filter takes.
     *
     * @throws ConfigurationException for what would also keep a run from starting, a missing key for instance
     */
    public List<Entry> entries(TableFilter wanted) {
        List<Table> tables = captured.stream()
                .filter(table -> wanted.captures(table.name(), table.root()))
                .toList();
        Preflight.tables(settings, tables);
        return entries(settings, postgres, tables);
    }

    /** The schemas of these tables. */
    static List<Entry> entries(Settings settings, Postgres postgres, List<Table> tables) {
        Catalog catalog = new Catalog(postgres);
        Settings here = settings.on(postgres);
        List<Entry> entries = new ArrayList<>();
        Set<TableName> seen = new HashSet<>();
        for (Table table : tables) {
            // Partitions have the schema of the partitioned table, which is shown once.
            if (seen.add(table.published())) {
                Optional<Relation> root = table.root().flatMap(name -> catalog.root(table.oid()));
                entries.add(entry(here, root.orElseGet(() -> catalog.relation(table))));
            }
        }
        return entries;
    }

    private static Entry entry(Settings settings, Relation table) {
        Relation relation = MessageShape.of(table).only(settings.columns()).relation();
        RowSchema schema = RowSchema.of(relation, settings.types());
        String topic = TopicNames.topic(settings, relation.name());
        Optional<Part> key = relation.isKeyed()
                ? Optional.of(new Part(Routes.keySubject(topic), schema.keySchema()))
                : Optional.empty();
        Schema value = settings.value() == ValueForm.CHANGE ? schema.changeSchema() : schema.valueSchema();
        return new Entry(relation.name(), topic, key, new Part(Routes.valueSubject(topic), value));
    }

    /** A client of the registry, which has answered. */
    public SchemaRegistry registry() {
        SchemaRegistry registry = new SchemaRegistry(settings.registry());
        registry.reachable();
        return registry;
    }

    @Override
    public void close() {
        postgres.close();
    }
}
