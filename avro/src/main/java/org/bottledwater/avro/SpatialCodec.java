package org.bottledwater.avro;

import org.apache.avro.Schema;

/** PostGIS's geometry and geography: EWKB, which is the binary form, and in hexadecimal the text form. */
final class SpatialCodec extends Codec {
    static final Codec EWKB = new SpatialCodec();

    private SpatialCodec() {}

    @Override
    Schema schema(SchemaPath path) {
        return Schema.create(Schema.Type.BYTES);
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        Hex.decode("geometry", in, offset, length, out.scratch.clear());
        out.bytes(out.scratch.bytes(), 0, out.scratch.size());
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        out.bytes(in, offset, length);
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        for (int i = offset; i < offset + length; i++) {
            out.append(Character.toUpperCase(Character.forDigit(in[i] >> 4 & 15, 16)));
            out.append(Character.toUpperCase(Character.forDigit(in[i] & 15, 16)));
        }
    }
}
