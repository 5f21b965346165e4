package org.bottledwater.pipeline.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.RowSchema;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TopicNames;

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

    /** Which schemas the topic's values can have. */
    Map<Integer, String> registered(String topic) {
        return registry.map(client -> client.registered(TopicNames.valueSubject(topic)))
                .orElse(Map.of());
    }

    /** @param registered by {@link #registered} */
    Layouts layouts(Relation relation, Map<Integer, String> registered) {
        List<String> columns = relation.columns().stream().map(Column::name).toList();
        if (registry.isPresent()) {
            return new AvroLayouts(
                    columns, RowSchema.of(relation, settings.types()).valueSchema(), registered);
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
                registry.get().register(TopicNames.valueSubject(topic), schema.valueText()));
    }
}
