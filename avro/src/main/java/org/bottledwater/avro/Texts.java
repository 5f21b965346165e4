package org.bottledwater.avro;

import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.bottledwater.change.MalformedInputException;

/** Types whose two forms are the same text, or nearly, and bytea. */
final class Texts {
    /** text, varchar, char(n), name, xml, citext. */
    static final Codec TEXT = new Plain();

    static final Codec JSON = new Json();

    static final Codec JSONB = new Jsonb();

    /** jsonpath and ltree: a version number of one byte is before the text in the binary form. */
    static final Codec VERSIONED = new Versioned();

    /** The one-byte type {@code "char"}. */
    static final Codec CHAR = new Char();

    static final Codec UUID = new Uuid();

    static final Codec BYTEA = new Bytea();

    private Texts() {}

    private static final class Plain extends StringCodec {
        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.text(in, offset, length);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            out.append(in, offset, length);
        }
    }

    private static final class Json extends StringCodec {
        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.json(in, offset, length);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.json(in, offset, length);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            out.append(in, offset, length);
        }

        @Override
        Codec asString() {
            return TEXT;
        }
    }

    private static final class Jsonb extends StringCodec {
        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.json(in, offset, length);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            checkVersion(in, offset, length);
            out.json(in, offset + 1, length - 1);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            VERSIONED.render(in, offset, length, out);
        }

        @Override
        Codec asString() {
            return VERSIONED;
        }
    }

    private static final class Versioned extends StringCodec {
        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            checkVersion(in, offset, length);
            out.text(in, offset + 1, length - 1);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            checkVersion(in, offset, length);
            out.append(in, offset + 1, length - 1);
        }
    }

    private static void checkVersion(byte[] in, int offset, int length) {
        if (length < 1 || in[offset] != 1) {
            throw new MalformedInputException("jsonb, jsonpath or ltree: unknown version, length=" + length
                    + (length < 1 ? "" : " version=" + in[offset]));
        }
    }

    /** Bytes beyond ASCII are no characters; they read {@code \ooo} as PostgreSQL 16 prints them, from older ones too. */
    private static final class Char extends StringCodec {
        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            if (length == 1) {
                binary(in, offset, length, out);
            } else if (length == 0 || (length == 4 && in[offset] == '\\')) {
                out.text(in, offset, length);
            } else {
                throw Wire.malformedText("\"char\"", in, offset, length);
            }
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("\"char\"", length, 1);
            byte b = in[offset];
            if (b > 0) {
                out.appendByte(b);
            } else if (b < 0) {
                out.append('\\').append((char) ('0' + (b >> 6 & 3)));
                out.append((char) ('0' + (b >> 3 & 7))).append((char) ('0' + (b & 7)));
            }
        }
    }

    private static final class Uuid extends StringCodec {
        @Override
        Schema schema(SchemaPath path) {
            return LogicalTypes.uuid().addToSchema(super.schema(path));
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            if (length != 36) {
                throw Wire.malformedText("uuid", in, offset, length);
            }
            out.text(in, offset, length);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("uuid", length, 16);
            for (int i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10) {
                    out.append('-');
                }
                out.appendHex(in[offset + i]);
            }
        }

        @Override
        Codec asString() {
            return new AsString(this);
        }
    }

    private static final class Bytea extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.BYTES);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            if (length < 2 || in[offset] != '\\' || in[offset + 1] != 'x') {
                throw Wire.malformedText("bytea", in, offset, length);
            }
            Hex.decode("bytea", in, offset + 2, length - 2, out.scratch.clear());
            out.bytes(out.scratch.bytes(), 0, out.scratch.size());
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            out.bytes(in, offset, length);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            out.append("\\x");
            for (int i = 0; i < length; i++) {
                out.appendHex(in[offset + i]);
            }
        }
    }
}
