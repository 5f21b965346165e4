package org.bottledwater.pipeline.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.UnsupportedValueException;
import org.bottledwater.pipeline.MessageShape;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.postgres.BlockRange;
import org.bottledwater.postgres.Selection;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.Table;
import org.jspecify.annotations.Nullable;

/** The rows of a unit as a snapshot shows them, encoded as the pipeline encodes them. One thread at a time. */
final class UnitRows implements AutoCloseable {
    private final Settings settings;
    private final SnapshotReader reader;
    private final List<Part> parts = new ArrayList<>();

    private record Part(Table table, Relation relation, MessageShape shape) {}

    /** Takes the rows. Where a value cannot be represented, the key or the value is null. */
    @FunctionalInterface
    interface Handler {
        void row(byte @Nullable [] key, byte @Nullable [] value, Relation relation, Tuple row);
    }

    private UnitRows(Settings settings, SnapshotReader reader) {
        this.settings = settings;
        this.reader = reader;
    }

    /** @throws ConnectionException if a table is gone since the snapshot was taken */
    static UnitRows open(Settings settings, Cut cut, Unit unit) {
        SnapshotReader reader =
                SnapshotReader.open(settings.postgres(), cut.snapshot().name());
        UnitRows rows = new UnitRows(settings, reader);
        try {
            for (Table table : unit.parts()) {
                Relation relation = reader.catalog()
                        .relation(table.oid(), table.part())
                        .orElseThrow(() -> new ConnectionException(
                                "the table was dropped just now: table=" + table.name(), new IllegalStateException()));
                Optional<Relation> root = table.root()
                        .flatMap(name -> reader.catalog().root(table.oid()).map(whole -> whole.named(name)));
                MessageShape shape = root.map(whole -> MessageShape.ofPartition(relation, whole))
                        .orElseGet(() -> MessageShape.of(relation.named(table.knownAs())));
                rows.parts.add(new Part(table, relation, shape.only(settings.columns())));
            }
            return rows;
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
    }

    /** What the messages look like now. */
    Relation relation() {
        return parts.get(0).shape.relation();
    }

    /**
     * Reads all of them.
     *
     * @param ids of the schemas of key and value, for Avro
     */
    void read(SchemaIds ids, Handler handler) {
        for (Part part : parts) {
            reader.requireUnchanged(part.table);
            Selection rows =
                    new Selection(BlockRange.WHOLE, "", part.table.part().filter());
            RowEncoder encoder = encoder(part.shape, ids);
            reader.copy(part.relation, rows, TypeTable::readsBinary, (relation, row) -> {
                byte[] key = null;
                byte[] value = null;
                try {
                    key = encoder.key(row);
                    value = encoder.value(row);
                } catch (UnsupportedValueException e) {
                    // The error policy has had its say when the row was met by the run.
                }
                handler.row(key, value, relation, row);
            });
        }
    }

    private RowEncoder encoder(MessageShape shape, SchemaIds ids) {
        return settings.format() == OutputFormat.AVRO
                ? RowEncoder.avro(
                        shape.relation(), shape.source(), shape.width(), settings.types(), ids.key(), ids.value())
                : RowEncoder.json(shape.relation(), shape.source(), shape.width(), settings.types());
    }

    @Override
    public void close() {
        reader.close();
    }

    /** Ids of a key's and a value's schema. */
    record SchemaIds(int key, int value) {
        /** Where nobody looks at them. */
        static final SchemaIds NONE = new SchemaIds(0, 0);
    }
}
