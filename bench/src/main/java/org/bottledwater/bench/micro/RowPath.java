package org.bottledwater.bench.micro;

import java.util.List;
import org.bottledwater.avro.RowEncoder;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.RowHandler;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.postgres.wire.CopyBinaryDecoder;
import org.bottledwater.postgres.wire.CurrentTable;
import org.bottledwater.postgres.wire.NamedColumn;
import org.bottledwater.postgres.wire.PgOutputDecoder;
import org.bottledwater.postgres.wire.RelationResolver;
import org.bottledwater.postgres.wire.WireColumn;
import org.jspecify.annotations.Nullable;

/** Bytes from PostgreSQL in, key and value out; {@code null} as the encoder leaves decoding alone. */
final class RowPath implements ChangeHandler, RowHandler, RelationResolver {
    private static final long STEP = 8;
    private static final long HEADER_AND_PADDING = 16 + STEP - 1;

    private final @Nullable RowEncoder encoder;
    private final CopyBinaryDecoder copy;
    private final PgOutputDecoder pgOutput = new PgOutputDecoder(this);

    /** How many bytes keys and values had. */
    private long bytes;

    /** How many they were. */
    long arrays;

    /** What they take of the heap: 16 bytes of header each, in steps of 8. */
    long heapBytes;

    RowPath(@Nullable RowEncoder encoder) {
        this.encoder = encoder;
        this.copy = new CopyBinaryDecoder(
                TypicalRow.RELATION, new boolean[TypicalRow.RELATION.columns().size()]);
        byte[] header = TypicalRow.copyHeader();
        copy.data(header, 0, header.length, this);
        byte[] relation = TypicalRow.relation();
        pgOutput.decode(relation, 0, relation.length, 1, this);
    }

    static RowPath toAvro() {
        return new RowPath(RowEncoder.avro(TypicalRow.RELATION, TypeOptions.DEFAULT, 1, 2));
    }

    static RowPath toJson() {
        return new RowPath(RowEncoder.json(TypicalRow.RELATION, TypeOptions.DEFAULT));
    }

    long copyRow(byte[] row) {
        copy.data(row, 0, row.length, this);
        return bytes;
    }

    long pgOutput(byte[] message) {
        pgOutput.decode(message, 0, message.length, 1, this);
        return bytes;
    }

    @Override
    public void row(Relation relation, Tuple row) {
        if (encoder == null) {
            bytes += row.size();
            return;
        }
        count(encoder.key(row));
        count(encoder.value(row));
    }

    private void count(byte[] array) {
        bytes += array.length;
        arrays++;
        heapBytes += (HEADER_AND_PADDING + array.length) / STEP * STEP;
    }

    @Override
    public void insert(Relation relation, Tuple row) {
        row(relation, row);
    }

    @Override
    public Relation resolve(int oid, TableName name, ReplicaIdentity identity, List<WireColumn> columns) {
        return TypicalRow.RELATION;
    }

    @Override
    public Relation resolve(TableName name, List<NamedColumn> columns) {
        return TypicalRow.RELATION;
    }

    @Override
    public @Nullable CurrentTable current(TableName name) {
        return null;
    }

    @Override
    public void begin(int xid, long commitLsn, long commitTime) {}

    @Override
    public void update(Relation relation, OldRow oldRow, Tuple old, Tuple row) {}

    @Override
    public void delete(Relation relation, OldRow oldRow, Tuple old) {}

    @Override
    public void truncate(List<Relation> relations, boolean cascade, boolean restartIdentity) {}

    @Override
    public void message(boolean transactional, long lsn, String prefix, byte[] content) {}

    @Override
    public void commit(long commitLsn, long endLsn, long commitTime) {}
}
