package org.bottledwater.postgres.wire;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;

/**
 * Decodes pgoutput (manual, "Logical Replication Message Formats"), {@code proto_version} 1 to 4, with neither streaming
 * of transactions in progress nor two-phase commit: those are options that must be asked for. Each table below is a
 * message without its first byte.
 */
public final class PgOutputDecoder implements LogicalDecoder {
    /** Microseconds from 1970-01-01, where our times begin, to 2000-01-01, where PostgreSQL's do. */
    private static final long POSTGRES_EPOCH = 946_684_800_000_000L;

    private static final int CASCADE = 1;
    private static final int RESTART_IDENTITY = 2;

    private final RelationResolver resolver;
    private final RelationMap relations = new RelationMap();
    private final WireReader in = new WireReader();
    private final Tuple row = new Tuple();
    private final Tuple old = new Tuple();

    public PgOutputDecoder(RelationResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public boolean decode(byte[] buffer, int offset, int length, long lsn, ChangeHandler handler) {
        in.wrap(buffer, offset, length, lsn);
        byte type = in.int8();
        switch (type) {
            case 'I' -> readInsert(buffer, handler);
            case 'U' -> readUpdate(buffer, handler);
            case 'D' -> readDelete(buffer, handler);
            case 'B' -> readBegin(handler);
            case 'C' -> readCommit(handler);
            case 'R' -> readRelation();
            case 'T' -> readTruncate(handler);
            case 'Y' -> readType();
            case 'O' -> readOrigin();
            case 'M' -> readMessage(buffer, handler);
            default -> throw unexpected(type);
        }
        return type == 'C';
    }

    /**
     * <pre>
     * Int64  position of the commit record
     * Int64  commit time, microseconds since 2000-01-01
     * Int32  transaction id
     * </pre>
     */
    private void readBegin(ChangeHandler handler) {
        in.name("begin");
        long commitLsn = in.int64();
        long commitTime = in.int64() + POSTGRES_EPOCH;
        int xid = in.int32();
        in.finish();
        handler.begin(xid, commitLsn, commitTime);
    }

    /**
     * <pre>
     * Int8   flags, must be 0
     * Int64  position of the commit record
     * Int64  position of its end
     * Int64  commit time, microseconds since 2000-01-01
     * </pre>
     */
    private void readCommit(ChangeHandler handler) {
        in.name("commit");
        byte flags = in.int8();
        if (flags != 0) {
            throw in.malformed("unknown flags, flags=" + flags);
        }
        long commitLsn = in.int64();
        long endLsn = in.int64();
        long commitTime = in.int64() + POSTGRES_EPOCH;
        in.finish();
        handler.commit(commitLsn, endLsn, commitTime);
    }

    /**
     * <pre>
     * Int64   position of the commit on the origin server
     * String  name of the origin
     * </pre>
     */
    private void readOrigin() {
        in.name("origin");
        in.int64();
        in.string();
        in.finish();
    }

    /**
     * <pre>
     * Int32   OID of the relation
     * String  namespace, empty for pg_catalog
     * String  name
     * Int8    replica identity, as in pg_class.relreplident
     * Int16   number of columns, and for each:
     *     Int8    flags: 1 for a column of the replica identity
     *     String  name
     *     Int32   OID of the type
     *     Int32   type modifier
     * </pre>
     */
    private void readRelation() {
        in.name("relation");
        int oid = in.int32();
        if (oid == 0) {
            throw in.malformed("invalid relation, relationId=0");
        }
        String schema = in.string();
        TableName name = new TableName(schema.isEmpty() ? "pg_catalog" : schema, in.string());
        ReplicaIdentity identity = replicaIdentity((char) (in.int8() & 0xFF));
        int count = in.int16();
        if (count < 0) {
            throw in.malformed("negative number of columns, table=" + name + " columns=" + count);
        }
        List<WireColumn> columns = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            byte flags = in.int8();
            if ((flags & ~1) != 0) {
                throw in.malformed("unknown column flags, table=" + name + " column=" + i + " flags=" + flags);
            }
            columns.add(new WireColumn(in.string(), flags == 1, in.int32(), in.int32()));
        }
        in.finish();
        relations.put(oid, resolver.resolve(oid, name, identity, List.copyOf(columns)));
    }

    /**
     * <pre>
     * Int32   OID of the type
     * String  namespace, empty for pg_catalog
     * String  name
     * </pre>
     *
     * The resolver knows more of the type than that, so nothing is kept.
     */
    private void readType() {
        in.name("type");
        in.int32();
        in.string();
        in.string();
        in.finish();
    }

    /**
     * <pre>
     * Int32      OID of the relation
     * Byte1      'N'
     * TupleData  the new row
     * </pre>
     */
    private void readInsert(byte[] buffer, ChangeHandler handler) {
        in.name("insert");
        Relation relation = relation();
        byte part = in.int8();
        if (part != 'N') {
            throw unknownPart(relation, part);
        }
        readTuple(buffer, relation, row);
        in.finish();
        handler.insert(relation, row);
    }

    /**
     * <pre>
     * Int32      OID of the relation
     * Byte1      'K' (old key follows), 'O' (old row follows), or neither
     * TupleData  old key or old row
     * Byte1      'N'
     * TupleData  the new row
     * </pre>
     */
    private void readUpdate(byte[] buffer, ChangeHandler handler) {
        in.name("update");
        Relation relation = relation();
        OldRow oldRow = OldRow.ABSENT;
        byte part = in.int8();
        if (part == 'K' || part == 'O') {
            oldRow = part == 'K' ? OldRow.KEY : OldRow.FULL;
            readTuple(buffer, relation, old);
            part = in.int8();
        } else {
            old.wrap(buffer, 0);
        }
        if (part != 'N') {
            throw unknownPart(relation, part);
        }
        readTuple(buffer, relation, row);
        in.finish();
        handler.update(relation, oldRow, old, row);
    }

    /**
     * <pre>
     * Int32      OID of the relation
     * Byte1      'K' (old key follows) or 'O' (old row follows)
     * TupleData  old key or old row
     * </pre>
     */
    private void readDelete(byte[] buffer, ChangeHandler handler) {
        in.name("delete");
        Relation relation = relation();
        byte part = in.int8();
        if (part != 'K' && part != 'O') {
            throw unknownPart(relation, part);
        }
        readTuple(buffer, relation, old);
        in.finish();
        handler.delete(relation, part == 'K' ? OldRow.KEY : OldRow.FULL, old);
    }

    /**
     * <pre>
     * Int32  number of relations
     * Int8   options: 1 for CASCADE, 2 for RESTART IDENTITY
     * Int32  OID of each relation
     * </pre>
     */
    private void readTruncate(ChangeHandler handler) {
        in.name("truncate");
        int count = in.int32();
        if (count < 0) {
            throw in.malformed("negative number of relations, relations=" + count);
        }
        byte options = in.int8();
        if ((options & ~(CASCADE | RESTART_IDENTITY)) != 0) {
            throw in.malformed("unknown options, options=" + options);
        }
        List<Relation> truncated = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            truncated.add(relation());
        }
        in.finish();
        handler.truncate(List.copyOf(truncated), (options & CASCADE) != 0, (options & RESTART_IDENTITY) != 0);
    }

    /**
     * <pre>
     * Int8    flags: 1 for a transactional message
     * Int64   position of the message
     * String  prefix
     * Int32   length of the content
     * Byten   content
     * </pre>
     *
     * They come if they were asked for: the option {@code messages}.
     */
    private void readMessage(byte[] buffer, ChangeHandler handler) {
        in.name("logical message");
        byte flags = in.int8();
        if ((flags & ~1) != 0) {
            throw in.malformed("unknown flags, flags=" + flags);
        }
        long lsn = in.int64();
        String prefix = in.string();
        int length = in.int32();
        int offset = in.position();
        in.skip(length);
        in.finish();
        handler.message(flags == 1, lsn, prefix, Arrays.copyOfRange(buffer, offset, offset + length));
    }

    /**
     * <pre>
     * Int16  number of columns, and for each:
     *     Byte1  'n' (NULL), 'u' (unchanged TOAST), 't' (text) or 'b' (binary)
     *     Int32  length of the value, after 't' and 'b' only
     *     Byten  value
     * </pre>
     */
    private void readTuple(byte[] buffer, Relation relation, Tuple tuple) {
        int count = in.int16();
        if (count != relation.columns().size()) {
            throw in.malformed("wrong number of columns, table=" + relation + " columns=" + count + " expected="
                    + relation.columns().size());
        }
        tuple.wrap(buffer, count);
        for (int i = 0; i < count; i++) {
            byte kind = in.int8();
            switch (kind) {
                case 't' -> readValue(tuple, i, ColumnState.TEXT);
                case 'b' -> readValue(tuple, i, ColumnState.BINARY);
                case 'n' -> tuple.set(i, ColumnState.NULL);
                case 'u' -> tuple.set(i, ColumnState.UNCHANGED);
                default ->
                    throw in.malformed(
                            "unknown kind of value, table=" + relation + " column=" + i + " kind=" + printed(kind));
            }
        }
    }

    private void readValue(Tuple tuple, int column, ColumnState state) {
        int length = in.int32();
        int offset = in.position();
        in.skip(length);
        tuple.set(column, state, offset, length);
    }

    private Relation relation() {
        int oid = in.int32();
        Relation relation = relations.get(oid);
        if (relation == null) {
            throw in.malformed("unknown relation, relationId=" + Integer.toUnsignedString(oid));
        }
        return relation;
    }

    private ReplicaIdentity replicaIdentity(char code) {
        for (ReplicaIdentity identity : ReplicaIdentity.values()) {
            if (identity.code() == code) {
                return identity;
            }
        }
        throw in.malformed("unknown replica identity, code=" + printed((byte) code));
    }

    private MalformedInputException unknownPart(Relation relation, byte part) {
        return in.malformed("unknown part, table=" + relation + " part=" + printed(part));
    }

    private MalformedInputException unexpected(byte type) {
        String name = switch (type) {
            case 'S' -> "stream start";
            case 'E' -> "stream stop";
            case 'c' -> "stream commit";
            case 'A' -> "stream abort";
            case 'p' -> "stream prepare";
            case 'b' -> "begin prepare";
            case 'P' -> "prepare";
            case 'K' -> "commit prepared";
            case 'r' -> "rollback prepared";
            default -> "";
        };
        if (name.isEmpty()) {
            return in.malformed("unknown type, type=" + printed(type));
        }
        in.name(name);
        return in.malformed("not asked for, type=" + printed(type));
    }

    /** A byte as a letter if it is one, otherwise as {@code 0x00}. */
    private static String printed(byte value) {
        return value > ' ' && value < 0x7F ? "'" + (char) value + "'" : String.format("0x%02X", value);
    }
}
