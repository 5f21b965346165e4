package org.bottledwater.avro;

import org.apache.avro.Schema;

/** A multirange (manual, "Range Types"): an array of its ranges, none of which is null. */
final class MultirangeCodec extends Codec {
    private final Codec range;

    MultirangeCodec(Codec range) {
        this.range = range;
    }

    @Override
    Schema schema(SchemaPath path) {
        return Schema.createArray(range.schema(path));
    }

    @Override
    boolean readsBinary() {
        return range.readsBinary();
    }

    @Override
    boolean hasComposites() {
        return range.hasComposites();
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        Token token = new Token("multirange", in, offset, length);
        token.expect('{');
        int mark = out.beginArray();
        int count = 0;
        if (token.next() != '}') {
            do {
                out.item();
                token.readRange();
                range.text(token.bytes, token.offset, token.length, out);
                count++;
            } while (token.skip(','));
        }
        token.expect('}');
        token.finish();
        out.endArray(mark, count);
    }

    /** The number of ranges, and for each its length and its bytes. */
    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        Wire wire = new Wire("multirange", in, offset, length);
        int count = wire.count(5);
        int mark = out.beginArray();
        for (int i = 0; i < count; i++) {
            out.item();
            int bytes = wire.int32();
            range.binary(in, wire.take(bytes), bytes, out);
        }
        wire.finish();
        out.endArray(mark, count);
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire wire = new Wire("multirange", in, offset, length);
        int count = wire.count(5);
        out.append('{');
        for (int i = 0; i < count; i++) {
            out.append(i == 0 ? "" : ",");
            int bytes = wire.int32();
            range.render(in, wire.take(bytes), bytes, out);
        }
        wire.finish();
        out.append('}');
    }
}
