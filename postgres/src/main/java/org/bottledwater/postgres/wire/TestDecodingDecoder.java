package org.bottledwater.postgres.wire;

import static org.bottledwater.postgres.wire.TextReader.ascii;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.OldRow;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.jspecify.annotations.Nullable;

/**
 * Decodes test_decoding (manual, "test_decoding"; the text itself is described by nothing but its source) with
 * {@code include-xids}, {@code include-timestamp} and {@code skip-empty-xacts} on. The text must be UTF-8.
 *
 * <p>Generated columns are printed, but passed over: which they are is told by the resolver, by leaving them out. The text
 * does not show that one has become an ordinary column (DROP EXPRESSION): that is seen when the resolver is next asked.
 *
 * <p>What the text leaves out: the replica identity and the key come from the resolver, and when a change lists other
 * old columns than they make one expect, the resolver is asked again, once per table and transaction.
 */
public final class TestDecodingDecoder implements LogicalDecoder {
    private static final byte[] BEGIN = ascii("BEGIN ");
    private static final byte[] COMMIT = ascii("COMMIT ");
    private static final byte[] TABLE = ascii("table ");
    private static final byte[] MESSAGE = ascii("message: ");
    private static final byte[] TRANSACTIONAL = ascii("transactional: ");
    private static final byte[] PREFIX = ascii(" prefix: ");
    private static final byte[] SIZE = ascii(", sz: ");
    private static final byte[] CONTENT = ascii(" content:");
    private static final byte[] AT = ascii(" (at ");
    private static final byte[] COMMA = ascii(", ");
    private static final byte[] INSERT = ascii("INSERT:");
    private static final byte[] UPDATE = ascii("UPDATE:");
    private static final byte[] DELETE = ascii("DELETE:");
    private static final byte[] TRUNCATE = ascii("TRUNCATE:");
    private static final byte[] OLD_KEY = ascii(" old-key:");
    private static final byte[] NEW_TUPLE = ascii(" new-tuple:");
    private static final byte[] NO_TUPLE_DATA = ascii(" (no-tuple-data)");
    private static final byte[] NO_FLAGS = ascii(" (no-flags)");
    private static final byte[] RESTART = ascii(" restart_seqs");
    private static final byte[] CASCADE = ascii(" cascade");
    private static final Pattern REWRITE = Pattern.compile("pg_temp_[0-9]+");
    private static final List<byte[]> NOT_ASKED_FOR = List.of(
            ascii("COMMIT PREPARED "),
            ascii("ROLLBACK PREPARED "),
            ascii("PREPARE TRANSACTION "),
            ascii("preparing streamed "),
            ascii("opening a streamed "),
            ascii("closing a streamed "),
            ascii("committing streamed "),
            ascii("aborting streamed "),
            ascii("streaming "));

    private final RelationResolver resolver;
    private final ShapeTable shapes = new ShapeTable();
    private final TextReader in = new TextReader();
    private final TextRow row = new TextRow();
    private final TextRow old = new TextRow();

    /** Stands for tables whose rows nobody is told of. */
    private final Shape rewrite = new Shape(
            new Relation(0, new TableName("", ""), ReplicaIdentity.NOTHING, List.of(), List.of(), ""),
            List.of(),
            new byte[0][],
            false);

    private long transaction;

    /** Where in the message the table's name is. */
    private int nameFrom;

    private int nameTo;

    public TestDecodingDecoder(RelationResolver resolver) {
        this.resolver = resolver;
    }

    @Override
    public boolean decode(byte[] buffer, int offset, int length, long lsn, ChangeHandler handler) {
        in.wrap(buffer, offset, length, lsn);
        if (in.skip(TABLE)) {
            readChange(handler);
            return false;
        }
        for (byte[] text : NOT_ASKED_FOR) {
            if (in.startsWith(text)) {
                throw in.malformed("streaming and two-phase commit were not asked for");
            }
        }
        if (in.skip(COMMIT)) {
            readCommit(lsn, handler);
            return true;
        }
        if (in.skip(BEGIN)) {
            readBegin(handler);
        } else if (in.skip(MESSAGE)) {
            readMessage(lsn, handler);
        } else {
            throw in.malformed("unknown type");
        }
        return false;
    }

    /** {@code BEGIN 693} */
    private void readBegin(ChangeHandler handler) {
        in.name("begin");
        int xid = readXid();
        in.finish();
        transaction++;
        handler.begin(xid, ChangeHandler.UNKNOWN, ChangeHandler.UNKNOWN);
    }

    /**
     * {@code COMMIT 693 (at 2017-05-01 12:00:00.123456+00)}, at the position where the commit record ends, in every
     * version since 9.4: logical decoding passes the transaction's end with its commit.
     */
    private void readCommit(long lsn, ChangeHandler handler) {
        in.name("commit");
        readXid();
        in.require(AT);
        long commitTime = CommitTime.read(in);
        in.require(')');
        in.finish();
        handler.commit(ChangeHandler.UNKNOWN, lsn, commitTime);
    }

    /** The name of a table, or of several for TRUNCATE; a colon; what happened. */
    private void readChange(ChangeHandler handler) {
        in.name("table");
        nameFrom = in.position();
        in.skipTableName();
        nameTo = in.position();
        if (in.startsWith(COMMA)) {
            readTruncate(handler);
            return;
        }
        in.require(':');
        in.require(' ');
        if (in.skip(INSERT)) {
            readInsert(handler);
        } else if (in.skip(UPDATE)) {
            readUpdate(handler);
        } else if (in.skip(DELETE)) {
            readDelete(handler);
        } else if (in.startsWith(TRUNCATE)) {
            in.position(nameTo);
            readTruncate(handler);
        } else {
            throw in.malformed("unknown change");
        }
    }

    /** {@code table public.a: INSERT: id[integer]:1 note[text]:'it''s'} */
    private void readInsert(ChangeHandler handler) {
        in.name("insert");
        int from = in.position();
        Shape shape = known();
        if (shape == null && isRewrite()) {
            shape = remember(rewrite);
        }
        if (shape == rewrite) {
            return;
        }
        if (shape == null || !readRow(shape)) {
            in.position(from);
            shape = learn(from);
            in.position(from);
            requireMatch(readRow(shape));
        }
        row.undouble();
        handler.insert(shape.relation(), row.tuple());
    }

    /**
     * {@code table public.a: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 note[text]:null}, where the part
     * from {@code old-key} through {@code new-tuple:} is there only if the key changed or the identity is FULL.
     */
    private void readUpdate(ChangeHandler handler) {
        in.name("update");
        int from = in.position();
        Shape shape = known();
        if (shape == null || !readUpdate(shape, from)) {
            shape = learnUpdate(from);
        }
        in.position(from);
        boolean hasOld = in.startsWith(OLD_KEY);
        if (!expectsUpdate(shape, hasOld) && shape.mayAsk(transaction)) {
            Shape newer = askAgain(shape);
            shape = readUpdate(newer, from) ? newer : learnUpdate(from);
        }
        row.undouble();
        old.undouble();
        OldRow oldRow = hasOld ? oldRow(shape, expectsUpdate(shape, true)) : OldRow.ABSENT;
        handler.update(shape.relation(), oldRow, old.tuple(), row.tuple());
    }

    /** {@code table public.a: DELETE: id[integer]:1}, the columns of the identity that are not NULL. */
    private void readDelete(ChangeHandler handler) {
        in.name("delete");
        if (in.skip(NO_TUPLE_DATA)) {
            in.finish();
            old.wrap(in.buffer(), 0);
            handler.delete(relationWithoutOldRow(), OldRow.ABSENT, old.tuple());
            return;
        }
        int from = in.position();
        Shape shape = known();
        if (shape == null || !readDelete(shape, from)) {
            shape = ofCatalog();
            if (shape == null || !readDelete(shape, from)) {
                // The catalog is ahead of the log: table or key are not there any more under their names. The key
                // is all that this message needs, and the next whole row brings the rest.
                in.position(from);
                shape = learn(from);
                requireMatch(readDelete(shape, from));
            }
        }
        if (!shape.expects(old) && shape.mayAsk(transaction)) {
            Shape newer = askAgain(shape);
            shape = readDelete(newer, from) ? newer : shape;
            requireMatch(readDelete(shape, from));
        }
        old.undouble();
        handler.delete(shape.relation(), oldRow(shape, shape.expects(old)), old.tuple());
    }

    /** {@code table public.a, public.b: TRUNCATE: restart_seqs cascade}, or {@code (no-flags)} */
    private void readTruncate(ChangeHandler handler) {
        in.name("truncate");
        List<Relation> truncated = new ArrayList<>();
        truncated.add(relationWithoutRow());
        while (in.skip(COMMA)) {
            nameFrom = in.position();
            in.skipTableName();
            nameTo = in.position();
            truncated.add(relationWithoutRow());
        }
        in.require(':');
        in.require(' ');
        in.require(TRUNCATE);
        boolean restart = in.skip(RESTART);
        boolean cascade = in.skip(CASCADE);
        if (!restart && !cascade) {
            in.require(NO_FLAGS);
        }
        in.finish();
        handler.truncate(List.copyOf(truncated), cascade, restart);
    }

    /**
     * {@code message: transactional: 1 prefix: app, sz: 4 content:ping}. Neither prefix nor content is quoted: they end
     * where the size says that they do.
     */
    private void readMessage(long lsn, ChangeHandler handler) {
        in.name("logical message");
        in.require(TRANSACTIONAL);
        boolean transactional = in.number(1) == 1;
        in.require(PREFIX);
        int from = in.position();
        while (!in.atEnd()) {
            int prefixEnd = in.position();
            if (in.skip(SIZE) && in.peek() >= '0' && in.peek() <= '9') {
                long size = in.number(10);
                if (in.skip(CONTENT) && in.remaining() == size) {
                    String prefix = in.text(from, prefixEnd);
                    int content = in.position();
                    handler.message(transactional, lsn, prefix, in.bytes(content, content + (int) size));
                    return;
                }
            }
            in.position(prefixEnd + 1);
        }
        throw in.malformed("no content of the size that it tells");
    }

    private int readXid() {
        long xid = in.number(10);
        if (xid > 0xFFFF_FFFFL) {
            throw in.malformed("transaction id out of range, xid=" + xid);
        }
        return (int) xid;
    }

    /** Reads a row to the message's end; false if its columns are not those of {@code shape}. */
    private boolean readRow(Shape shape) {
        row.wrap(in.buffer(), shape.width());
        skipSystemOid(shape);
        for (int i = 0; i < shape.size(); i++) {
            if (!shape.skipLabel(in, i)) {
                return false;
            }
            shape.readValue(in, i, row);
        }
        return in.atEnd();
    }

    private boolean readUpdate(Shape shape, int from) {
        in.position(from);
        if (in.skip(OLD_KEY)) {
            if (!readOldColumns(shape)) {
                return false;
            }
            in.require(NEW_TUPLE);
        } else {
            old.wrap(in.buffer(), 0);
        }
        return readRow(shape);
    }

    private Shape learnUpdate(int from) {
        in.position(from);
        if (in.skip(OLD_KEY)) {
            skipOldColumns();
            in.require(NEW_TUPLE);
        }
        Shape shape = learn(in.position());
        requireMatch(readUpdate(shape, from));
        return shape;
    }

    private boolean readDelete(Shape shape, int from) {
        in.position(from);
        return readOldColumns(shape) && in.atEnd();
    }

    /** Reads some of the columns, in their order; false if one is none of those of {@code shape}. */
    private boolean readOldColumns(Shape shape) {
        old.wrap(in.buffer(), shape.width());
        skipSystemOid(shape);
        int column = 0;
        while (!in.atEnd() && !in.startsWith(NEW_TUPLE)) {
            column = skipLabel(shape, column);
            if (column == shape.size() && shape.isOfCatalog()) {
                learnLabel(shape);
                column = skipLabel(shape, 0);
            }
            if (column == shape.size()) {
                return false;
            }
            shape.readValue(in, column++, old);
        }
        return true;
    }

    /** Steps over the label of the first column that has it, from {@code column} on; the shape's size if none has. */
    private int skipLabel(Shape shape, int column) {
        int found = column;
        while (found < shape.size() && !shape.skipLabel(in, found)) {
            found++;
        }
        return found;
    }

    private void learnLabel(Shape shape) {
        int from = in.position();
        NamedColumn column = readLabel();
        shape.learn(column.name(), in.bytes(from, in.position()));
        in.position(from);
    }

    private void skipSystemOid(Shape shape) {
        if (shape.hasSystemOid() && in.skip(Shape.SYSTEM_OID)) {
            in.skipValue();
        }
    }

    private void skipOldColumns() {
        while (!in.atEnd() && !in.startsWith(NEW_TUPLE)) {
            readLabel();
            in.skipValue();
        }
    }

    /** {@code  name[type]:} */
    private NamedColumn readLabel() {
        in.require(' ');
        int name = in.position();
        in.skipIdentifier();
        int bracket = in.position();
        in.require('[');
        in.skipTypeName();
        int type = in.position();
        in.require(']');
        in.require(':');
        return new NamedColumn(in.identifier(name, bracket), in.text(bracket + 1, type));
    }

    /** Has the relation resolved whose columns are listed from {@code from} to the message's end. */
    private Shape learn(int from) {
        in.position(from);
        boolean systemOid = in.startsWith(Shape.SYSTEM_OID) && isSystemOid(resolver.current(in.tableName(nameFrom)));
        if (systemOid) {
            in.skip(Shape.SYSTEM_OID);
            in.skipValue();
        }
        List<NamedColumn> columns = new ArrayList<>();
        List<byte[]> labels = new ArrayList<>();
        while (!in.atEnd()) {
            int label = in.position();
            columns.add(readLabel());
            labels.add(in.bytes(label, in.position()));
            in.skipValue();
        }
        List<NamedColumn> named = List.copyOf(columns);
        Relation relation = resolver.resolve(in.tableName(nameFrom), named);
        return remember(new Shape(relation, named, labels.toArray(byte[][]::new), systemOid));
    }

    /** The resolver's newer opinion of a relation whose old columns are not what was expected. */
    private Shape askAgain(Shape shape) {
        if (!shape.isOfCatalog()) {
            return remember(shape.with(resolver.resolve(in.tableName(nameFrom), shape.columns())));
        }
        Shape newer = ofCatalog();
        return newer == null ? shape : newer;
    }

    private @Nullable Shape ofCatalog() {
        CurrentTable current = resolver.current(in.tableName(nameFrom));
        if (current == null) {
            return null;
        }
        Shape shape = Shape.ofCatalog(current, isSystemOid(current));
        shape.mayAsk(transaction);
        return remember(shape);
    }

    /** A table WITH OIDS prints the OID like a column, but it is none. */
    private static boolean isSystemOid(@Nullable CurrentTable current) {
        return current != null && !current.columns().contains("oid");
    }

    /**
     * Whether the table is the copy that ALTER TABLE makes when it rewrites one. Up to PostgreSQL 10 it is decoded like
     * a table; later versions keep it to themselves.
     */
    private boolean isRewrite() {
        TableName name = in.tableName(nameFrom);
        return REWRITE.matcher(name.table()).matches() && resolver.current(name) == null;
    }

    private @Nullable Shape known() {
        return shapes.get(in.buffer(), nameFrom, nameTo);
    }

    private Shape remember(Shape shape) {
        shapes.put(in.buffer(), nameFrom, nameTo, shape);
        return shape;
    }

    private Relation relationWithoutOldRow() {
        Shape shape = known();
        if (shape != null && !shape.expectsNoOldRow() && shape.mayAsk(transaction)) {
            return askAgain(shape).relation();
        }
        return relationWithoutRow();
    }

    /** The relation for a message that lists none of its columns. */
    private Relation relationWithoutRow() {
        Shape shape = known();
        if (shape == null) {
            shape = ofCatalog();
        }
        // Not remembered when it is gone from the catalog: a table without columns is not what it was.
        return shape == null ? resolver.resolve(in.tableName(nameFrom), List.of()) : shape.relation();
    }

    private boolean expectsUpdate(Shape shape, boolean hasOld) {
        return hasOld ? shape.expects(old, row) : shape.relation().identity() != ReplicaIdentity.FULL;
    }

    private static OldRow oldRow(Shape shape, boolean expected) {
        return expected && shape.relation().identity() == ReplicaIdentity.FULL ? OldRow.FULL : OldRow.KEY;
    }

    private void requireMatch(boolean matches) {
        if (!matches) {
            throw in.malformed("columns that do not fit those listed before");
        }
    }
}
