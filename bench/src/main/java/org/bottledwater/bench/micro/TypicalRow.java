package org.bottledwater.bench.micro;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import org.bottledwater.change.Column;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;

/** The row of eight columns and about 170 bytes, as each way of PostgreSQL sends it. */
final class TypicalRow {
    static final int OID = 16_385;

    static final Relation RELATION = new Relation(
            OID,
            new TableName("public", "typical"),
            ReplicaIdentity.DEFAULT,
            List.of(
                    column("id", 20, "int8", -1, "bigint"),
                    column("customer", 23, "int4", -1, "integer"),
                    column("status", 1043, "varchar", 24, "character varying(20)"),
                    column("amount", 1700, "numeric", ((10 << 16) | 2) + 4, "numeric(10,2)"),
                    column("created", 1184, "timestamptz", -1, "timestamp with time zone"),
                    column("active", 16, "bool", -1, "boolean"),
                    column("email", 25, "text", -1, "text"),
                    column("note", 25, "text", -1, "text")),
            List.of(0),
            "");

    private static final byte[][] BINARY = {
        bytes(out -> out.writeLong(123_456_789)),
        bytes(out -> out.writeInt(4711)),
        text("shipped"),
        // Two digits to base 10,000, weight 0, positive, scale 2: 4321.5000
        bytes(out -> {
            for (int part : new int[] {2, 0, 0, 2, 4321, 5000}) {
                out.writeShort(part);
            }
        }),
        bytes(out -> out.writeLong(820_000_000_000_000L)),
        bytes(out -> out.writeByte(1)),
        text("0123456789abcdef0123456789abcdef@example.com"),
        text("0123456789abcdef0123456789abcdef 0123456789abcdef0123456789abcdef")
    };

    private static final String[] TEXT = {
        "123456789",
        "4711",
        "shipped",
        "4321.50",
        "2025-12-25 17:46:40+00",
        "t",
        "0123456789abcdef0123456789abcdef@example.com",
        "0123456789abcdef0123456789abcdef 0123456789abcdef0123456789abcdef"
    };

    private TypicalRow() {}

    /** What comes before the rows of COPY BINARY. */
    static byte[] copyHeader() {
        return bytes(out -> {
            out.write("PGCOPY\n\u00ff\r\n\0".getBytes(ISO_8859_1));
            out.writeLong(0);
        });
    }

    /** A row of COPY BINARY. */
    static byte[] copyRow() {
        return bytes(out -> {
            out.writeShort(BINARY.length);
            for (byte[] value : BINARY) {
                out.writeInt(value.length);
                out.write(value);
            }
        });
    }

    /** pgoutput's "Relation". */
    static byte[] relation() {
        return bytes(out -> {
            out.writeByte('R');
            out.writeInt(OID);
            string(out, "public");
            string(out, "typical");
            out.writeByte('d');
            out.writeShort(RELATION.columns().size());
            for (int i = 0; i < RELATION.columns().size(); i++) {
                Column column = RELATION.columns().get(i);
                out.writeByte(RELATION.keyColumns().contains(i) ? 1 : 0);
                string(out, column.name());
                out.writeInt(column.type().oid());
                out.writeInt(column.typeModifier());
            }
        });
    }

    /** pgoutput's "Insert", with the values in binary or as text. */
    static byte[] insert(boolean binary) {
        return bytes(out -> {
            out.writeByte('I');
            out.writeInt(OID);
            out.writeByte('N');
            out.writeShort(BINARY.length);
            for (int i = 0; i < BINARY.length; i++) {
                byte[] value = binary ? BINARY[i] : TEXT[i].getBytes(UTF_8);
                out.writeByte(binary ? 'b' : 't');
                out.writeInt(value.length);
                out.write(value);
            }
        });
    }

    private static Column column(String name, int oid, String type, int modifier, String declared) {
        return new Column(name, new Type.Base(oid, "pg_catalog", type), modifier, declared, 0, "");
    }

    private static byte[] text(String value) {
        return value.getBytes(UTF_8);
    }

    private static void string(DataOutputStream out, String value) throws IOException {
        out.write(value.getBytes(UTF_8));
        out.writeByte(0);
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
