package org.bottledwater.avro;

import org.apache.avro.Schema;

/**
 * What one PostgreSQL type is in Avro and in JSON. It has no state and serves every row. A value gives the same bytes
 * from its text form as from its binary form.
 */
abstract class Codec {
    /** The schema of a value that is not null; records in it are named after {@code path}. */
    abstract Schema schema(SchemaPath path);

    /** Reads the text form (the type's output function). */
    abstract void text(byte[] in, int offset, int length, ValueWriter out);

    /** Reads the binary form (the type's send function). */
    abstract void binary(byte[] in, int offset, int length, ValueWriter out);

    /** Writes what the type's output function prints for the value with this binary form. */
    abstract void render(byte[] in, int offset, int length, TextBuffer out);

    /** Writes the text form as SQL reads it in any session, whatever session wrote it. */
    void literal(byte[] in, int offset, int length, TextBuffer out) {
        out.append(in, offset, length);
    }

    /** Whether the binary form is known. */
    boolean readsBinary() {
        return true;
    }

    /** Whether there are composite values in its values, whose type may change while the column's stays. */
    boolean hasComposites() {
        return false;
    }

    /** This value as a string. */
    Codec asString() {
        return new AsString(this);
    }
}
