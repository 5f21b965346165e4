package org.bottledwater.avro;

import org.apache.avro.Schema;

/** hstore (manual, appendix F): a map with nullable strings. */
final class HstoreCodec extends Codec {
    static final Codec HSTORE = new HstoreCodec();

    private HstoreCodec() {}

    @Override
    Schema schema(SchemaPath path) {
        return Schema.createMap(SchemaPath.nullable(Schema.create(Schema.Type.STRING)));
    }

    /** {@code "a"=>"1", "b"=>NULL}. */
    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        Token token = new Token("hstore", in, offset, length);
        int mark = out.beginMap();
        int count = 0;
        while (count == 0 ? token.next() != 0 : token.skip(", ")) {
            token.read("=");
            out.key(token.bytes, token.offset, token.length);
            if (!token.skip("=>")) {
                throw token.malformed();
            }
            token.read(",");
            if (token.isNull()) {
                out.absent();
            } else {
                out.present();
                out.text(token.bytes, token.offset, token.length);
            }
            count++;
        }
        token.finish();
        out.endMap(mark, count);
    }

    /** The number of pairs; for each the length and bytes of the key, then of the value, -1 for NULL. */
    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        Wire wire = new Wire("hstore", in, offset, length);
        int count = wire.count(8);
        int mark = out.beginMap();
        for (int i = 0; i < count; i++) {
            int keyBytes = wire.int32();
            out.key(in, wire.take(keyBytes), keyBytes);
            int bytes = wire.nullableLength();
            if (bytes < 0) {
                out.absent();
            } else {
                out.present();
                out.text(in, wire.take(bytes), bytes);
            }
        }
        wire.finish();
        out.endMap(mark, count);
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire wire = new Wire("hstore", in, offset, length);
        int count = wire.count(8);
        for (int i = 0; i < count; i++) {
            out.append(i == 0 ? "" : ", ");
            quoted(wire, wire.int32(), out);
            out.append("=>");
            int bytes = wire.nullableLength();
            if (bytes < 0) {
                out.append("NULL");
            } else {
                quoted(wire, bytes, out);
            }
        }
        wire.finish();
    }

    private static void quoted(Wire wire, int bytes, TextBuffer out) {
        int mark = out.size();
        out.append(wire.in, wire.take(bytes), bytes);
        Quoting.HSTORE.quote(out, mark);
    }
}
