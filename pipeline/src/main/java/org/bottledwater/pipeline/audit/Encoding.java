package org.bottledwater.pipeline.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.avro.ChangeEncoder;
import org.bottledwater.avro.Operation;
import org.bottledwater.avro.Origin;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TopicNames;
import org.bottledwater.pipeline.ValueForm;

/** How the messages of a unit are encoded: Avro with a registry, or JSON without. Thread-safe. */
final class Encoding {
    private final Settings settings;
    private final Optional<SchemaRegistry> registry;

    Encoding(Settings settings, Optional<SchemaRegistry> registry) {
        this.settings = settings;
        this.registry = registry;
    }

    /** Where in a key's bytes the key begins: the same key may carry the ids of several schemas. */
    int keyStart() {
        return registry.isPresent() ? AvroLayouts.START : 0;
    }

    /** Takes the rows out of values. */
    Unwrapping unwrapping(Map<Integer, String> registered) {
        if (settings.value() == ValueForm.ROW) {
            return value -> value;
        }
        return registry.isPresent() ? new AvroUnwrapping(registered) : new JsonUnwrapping();
    }

    /** What is sent for a row of a snapshot that was taken at {@code lsn}. */
    byte[] message(byte[] row, long lsn) {
        if (settings.value() == ValueForm.ROW) {
            return row;
        }
        Origin origin = new Origin(lsn, Origin.UNKNOWN, System.currentTimeMillis() * 1000);
        return registry.isPresent()
                ? ChangeEncoder.aroundAvro(row, Operation.READ, origin)
                : ChangeEncoder.aroundJson(row, Operation.READ, origin);
    }

    /** Which schemas the topic's values can have. */
    Map<Integer, String> registered(String topic) {
        return registry.map(client -> client.registered(TopicNames.valueSubject(topic)))
                .orElse(Map.of());
    }

    /** @param registered by {@link #registered} */
    Layouts layouts(Relation relation, Map<Integer, String> registered) {
        List<String> columns = relation.columns().stream().map(Column::name).toList();
        if (registry.isPresent()) {
            Map<Integer, String> rows =
                    settings.value() == ValueForm.ROW ? registered : AvroUnwrapping.rows(registered);
            return new AvroLayouts(
                    columns, RowSchema.of(relation, settings.types()).valueSchema(), rows);
        }
        // A row of nulls tells how names are written.
        Tuple nulls = new Tuple();
        nulls.wrap(new byte[0], columns.size());
        JsonSplitter splitter = new JsonSplitter();
        splitter.split(RowEncoder.json(relation, settings.types()).value(nulls), new Spans());
        return new JsonLayouts(columns, splitter.names());
    }

    /** Makes the schemas known, as the pipeline would do with the next row. */
    UnitRows.SchemaIds register(Relation relation, String topic) {
        if (registry.isEmpty()) {
            return UnitRows.SchemaIds.NONE;
        }
        RowSchema schema = RowSchema.of(relation, settings.types());
        return new UnitRows.SchemaIds(
                registry.get().register(TopicNames.keySubject(topic), schema.keyText()),
                registry.get()
                        .register(
                                TopicNames.valueSubject(topic),
                                settings.value() == ValueForm.ROW
                                        ? schema.valueText()
                                        : schema.changeSchema().toString()));
    }
}
