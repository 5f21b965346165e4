package org.bottledwater.avro;

import org.apache.avro.Schema;

/** A range (manual, "Range Types"); an unbounded side is null. */
final class RangeCodec extends Codec {
    private static final int EMPTY = 1;
    private static final int LOWER_INCLUSIVE = 2;
    private static final int UPPER_INCLUSIVE = 4;
    private static final int LOWER_INFINITE = 8;
    private static final int UPPER_INFINITE = 16;

    private static final byte[] LOWER_LABEL = JsonWriter.label("lower");
    private static final byte[] UPPER_LABEL = JsonWriter.label("upper");
    private static final byte[] LOWER_INCLUSIVE_LABEL = JsonWriter.label("lower_inclusive");
    private static final byte[] UPPER_INCLUSIVE_LABEL = JsonWriter.label("upper_inclusive");
    private static final byte[] EMPTY_LABEL = JsonWriter.label("empty");

    private final Codec bound;

    RangeCodec(Codec bound) {
        this.bound = bound;
    }

    @Override
    Schema schema(SchemaPath path) {
        return path.record(
                path.nullable("lower", bound.schema(path.field("lower"))),
                path.nullable("upper", bound.schema(path.field("upper"))),
                flag("lower_inclusive"),
                flag("upper_inclusive"),
                flag("empty"));
    }

    private static Schema.Field flag(String name) {
        return new Schema.Field(name, Schema.create(Schema.Type.BOOLEAN));
    }

    @Override
    boolean readsBinary() {
        return bound.readsBinary();
    }

    @Override
    boolean hasComposites() {
        return bound.hasComposites();
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        Token token = new Token("range", in, offset, length);
        out.beginRecord();
        if (token.skip("empty")) {
            out.field(LOWER_LABEL);
            out.absent();
            out.field(UPPER_LABEL);
            out.absent();
            flags(EMPTY, out);
        } else {
            int flags = token.skip('[') ? LOWER_INCLUSIVE : 0;
            if (flags == 0) {
                token.expect('(');
            }
            out.field(LOWER_LABEL);
            text(token, ",", out);
            token.expect(',');
            out.field(UPPER_LABEL);
            text(token, ")]", out);
            flags |= token.skip(']') ? UPPER_INCLUSIVE : 0;
            if ((flags & UPPER_INCLUSIVE) == 0) {
                token.expect(')');
            }
            flags(flags, out);
        }
        token.finish();
        out.endRecord();
    }

    private void text(Token token, String stops, ValueWriter out) {
        token.read(stops);
        if (token.length == 0 && !token.quoted) {
            out.absent();
        } else {
            out.present();
            bound.text(token.bytes, token.offset, token.length, out);
        }
    }

    /** A byte of flags; then for each side that is bounded the length and the bytes of its value. */
    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        Wire wire = new Wire("range", in, offset, length);
        int flags = wire.int8();
        out.beginRecord();
        out.field(LOWER_LABEL);
        binary(wire, (flags & (EMPTY | LOWER_INFINITE)) == 0, out);
        out.field(UPPER_LABEL);
        binary(wire, (flags & (EMPTY | UPPER_INFINITE)) == 0, out);
        wire.finish();
        flags(flags, out);
        out.endRecord();
    }

    private void binary(Wire wire, boolean bounded, ValueWriter out) {
        if (bounded) {
            int length = wire.int32();
            out.present();
            bound.binary(wire.in, wire.take(length), length, out);
        } else {
            out.absent();
        }
    }

    private static void flags(int flags, ValueWriter out) {
        out.field(LOWER_INCLUSIVE_LABEL);
        out.bool((flags & LOWER_INCLUSIVE) != 0);
        out.field(UPPER_INCLUSIVE_LABEL);
        out.bool((flags & UPPER_INCLUSIVE) != 0);
        out.field(EMPTY_LABEL);
        out.bool((flags & EMPTY) != 0);
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire wire = new Wire("range", in, offset, length);
        int flags = wire.int8();
        if ((flags & EMPTY) != 0) {
            out.append("empty");
        } else {
            out.append((flags & LOWER_INCLUSIVE) != 0 ? '[' : '(');
            render(wire, (flags & LOWER_INFINITE) == 0, out);
            out.append(',');
            render(wire, (flags & UPPER_INFINITE) == 0, out);
            out.append((flags & UPPER_INCLUSIVE) != 0 ? ']' : ')');
        }
        wire.finish();
    }

    private void render(Wire wire, boolean bounded, TextBuffer out) {
        if (bounded) {
            int length = wire.int32();
            int mark = out.size();
            bound.render(wire.in, wire.take(length), length, out);
            Quoting.RANGE.quote(out, mark);
        }
    }
}
