package org.bottledwater.avro;

import org.apache.avro.Schema;

/**
 * An array (manual, "Arrays"), nested as deep as the column declares. PostgreSQL does not hold a column to its declared
 * dimensions, and a value that differs in that has no place here; nor does it hold an array to a first index of 1, and of
 * one that begins elsewhere the elements are sent.
 */
final class ArrayCodec extends Codec {
    private final Codec element;
    private final int dimensions;
    private final char delimiter;
    private final String stops;

    ArrayCodec(Codec element, int dimensions, char delimiter) {
        this.element = element;
        this.dimensions = Math.max(1, dimensions);
        this.delimiter = delimiter;
        this.stops = delimiter + "}";
    }

    @Override
    Schema schema(SchemaPath path) {
        Schema schema = element.schema(path);
        for (int i = 0; i < dimensions; i++) {
            schema = Schema.createArray(SchemaPath.nullable(schema));
        }
        return schema;
    }

    @Override
    boolean readsBinary() {
        return element.readsBinary();
    }

    @Override
    boolean hasComposites() {
        return element.hasComposites();
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        Token token = new Token("array", in, offset, length);
        if (token.next() == '[') {
            // [0:1][1:3]={…}
            token.read("=");
            token.expect('=');
        }
        if (token.skip("{}")) {
            out.endArray(out.beginArray(), 0);
        } else {
            text(token, 1, out);
        }
        token.finish();
    }

    private void text(Token token, int depth, ValueWriter out) {
        token.expect('{');
        int mark = out.beginArray();
        int count = 0;
        do {
            out.item();
            boolean nested = token.next() == '{';
            if (nested != depth < dimensions) {
                throw new Unrepresentable(
                        "an array of other dimensions than the column declares, declared=" + dimensions);
            }
            if (nested) {
                out.present();
                text(token, depth + 1, out);
            } else {
                item(token, out);
            }
            count++;
        } while (token.skip(delimiter));
        token.expect('}');
        out.endArray(mark, count);
    }

    private void item(Token token, ValueWriter out) {
        token.read(stops);
        if (token.isNull()) {
            out.absent();
        } else if (token.length == 0 && !token.quoted) {
            throw token.malformed();
        } else {
            out.present();
            element.text(token.bytes, token.offset, token.length, out);
        }
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        Wire wire = new Wire("array", in, offset, length);
        ArrayHeader header = ArrayHeader.read(wire);
        if (header.isEmpty()) {
            out.endArray(out.beginArray(), 0);
        } else {
            if (header.dimensions() != dimensions) {
                throw new Unrepresentable("an array of other dimensions than the column declares, dimensions="
                        + header.dimensions() + " declared=" + dimensions);
            }
            binary(wire, header, 0, out);
        }
        wire.finish();
    }

    private void binary(Wire wire, ArrayHeader header, int depth, ValueWriter out) {
        int count = header.size(depth);
        int mark = out.beginArray();
        for (int i = 0; i < count; i++) {
            out.item();
            if (depth + 1 < dimensions) {
                out.present();
                binary(wire, header, depth + 1, out);
                continue;
            }
            int length = wire.nullableLength();
            if (length < 0) {
                out.absent();
            } else {
                out.present();
                element.binary(wire.in, wire.take(length), length, out);
            }
        }
        out.endArray(mark, count);
    }

    /** Any dimensions and bounds: the string that an array becomes when it does not fit its column's. */
    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire wire = new Wire("array", in, offset, length);
        ArrayHeader header = ArrayHeader.read(wire);
        if (header.isEmpty()) {
            out.append("{}");
        } else {
            if (header.hasOtherBounds()) {
                header.renderBounds(out);
            }
            render(wire, header, 0, out);
        }
        wire.finish();
    }

    private void render(Wire wire, ArrayHeader header, int depth, TextBuffer out) {
        out.append('{');
        for (int i = 0; i < header.size(depth); i++) {
            if (i > 0) {
                out.append(delimiter);
            }
            if (depth + 1 < header.dimensions()) {
                render(wire, header, depth + 1, out);
                continue;
            }
            int length = wire.nullableLength();
            if (length < 0) {
                out.append("NULL");
            } else {
                int mark = out.size();
                element.render(wire.in, wire.take(length), length, out);
                Quoting.ARRAY.quote(out, mark, delimiter);
            }
        }
        out.append('}');
    }
}
