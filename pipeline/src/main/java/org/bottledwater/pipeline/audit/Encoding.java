package org.bottledwater.pipeline.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.bottledwater.avro.ChangeEncoder;
import org.bottledwater.avro.Operation;
import org.bottledwater.avro.Origin;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TopicNames;
import org.bottledwater.pipeline.ValueForm;
import org.jspecify.annotations.Nullable;

/** How the messages of a unit are encoded: Avro with a registry, or JSON without. Thread-safe. */
final class Encoding {
    private final Settings settings;
    private final Optional<SchemaRegistry> registry;

    Encoding(Settings settings, Optional<SchemaRegistry> registry) {
        this.settings = settings;
        this.registry = registry;
    }

    /** Where behind the id of its schema a key begins: a row that was written meanwhile is not repaired, whatever its id. */
    int keyStart() {
        return registry.isPresent() ? AvroLayouts.START : 0;
    }

    /**
     * The ids with which keys are sent now. A key is all of its bytes: one with the id of another schema is another key to Kafka,
     * which no message under this one replaces.
     */
    UnitRows.SchemaIds keys(Relation relation, String topic) {
        if (registry.isEmpty() || !relation.isKeyed()) {
            return UnitRows.SchemaIds.NONE;
        }
        String wanted = RowSchema.of(relation, settings.types()).keyText();
        int id = registry.get().registered(TopicNames.keySubject(topic)).entrySet().stream()
                .filter(entry -> isSame(entry.getValue(), wanted))
                .mapToInt(Map.Entry::getKey)
                .max()
                .orElse(UnitRows.SchemaIds.NONE.key());
        return new UnitRows.SchemaIds(id, UnitRows.SchemaIds.NONE.value());
    }

    /** A registry may print it in another way. */
    private static boolean isSame(String registered, String wanted) {
        return registered.equals(wanted)
                || new Schema.Parser().parse(registered).toString().equals(wanted);
    }

    /**
     * Takes the rows out of values. What has the other form is refused: an envelope has no column in common with the table,
     * so that there would be nothing to find different.
     */
    Unwrapping unwrapping(String topic, Map<Integer, String> registered) {
        Unwrapping envelopes = registry.isPresent() ? new AvroUnwrapping(registered) : new JsonUnwrapping();
        boolean wanted = settings.value() == ValueForm.CHANGE;
        return new Unwrapping() {
            @Override
            public Form form(byte[] value) {
                return envelopes.form(value);
            }

            @Override
            public byte @Nullable [] row(byte[] value) {
                Form form = envelopes.form(value);
                if (form == (wanted ? Form.ROW : Form.ENVELOPE)) {
                    throw new ConfigurationException(
                            "topic " + topic
                                    + (wanted
                                            ? " has rows without envelopes, and --value=change was given"
                                            : " has envelopes, and --value=change was not given")
                                    + "\n  audit with the --value of the run; if the topic has both, begin anew in another one");
                }
                return form == Form.ENVELOPE ? envelopes.row(value) : value;
            }
        };
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
