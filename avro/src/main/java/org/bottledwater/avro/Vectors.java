package org.bottledwater.avro;

import org.apache.avro.Schema;

/** pgvector's types. */
final class Vectors {
    static final Codec VECTOR = new Dense("vector", 4);
    static final Codec HALFVEC = new Dense("halfvec", 2);
    static final Codec SPARSEVEC = new Sparse();

    private Vectors() {}

    /** Two int16, the dimensions and 0; then the numbers. As text {@code [1,2.5,3]}. */
    private static final class Dense extends Codec {
        private final String name;
        private final int bytesEach;

        Dense(String name, int bytesEach) {
            this.name = name;
            this.bytesEach = bytesEach;
        }

        @Override
        Schema schema(SchemaPath path) {
            return Schema.createArray(Schema.create(Schema.Type.FLOAT));
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            NumberScanner scanner = new NumberScanner(name, in, offset, length);
            scanner.expect('[');
            int mark = out.beginArray();
            int count = 0;
            do {
                out.item();
                out.float32(scanner.float32());
                count++;
            } while (scanner.skip(','));
            scanner.expect(']');
            scanner.finish();
            out.endArray(mark, count);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire wire = new Wire(name, in, offset, length);
            int count = count(wire);
            int mark = out.beginArray();
            for (int i = 0; i < count; i++) {
                out.item();
                out.float32(number(wire));
            }
            out.endArray(mark, count);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire(name, in, offset, length);
            int count = count(wire);
            out.append('[');
            for (int i = 0; i < count; i++) {
                FloatText.append(out.append(i == 0 ? "" : ","), number(wire));
            }
            out.append(']');
        }

        private int count(Wire wire) {
            int count = wire.uint16();
            wire.take(2);
            if (count * bytesEach != wire.remaining()) {
                throw wire.malformed("impossible count, count=" + count);
            }
            return count;
        }

        private float number(Wire wire) {
            return bytesEach == 4 ? wire.float32() : FloatText.half((short) wire.uint16());
        }
    }

    /**
     * Three int32, the dimensions, the numbers that are not 0, and 0; then the indexes of these from 0 on, then the
     * numbers. As text {@code {1:1.5,3:2}/5}, where indexes begin at 1.
     */
    private static final class Sparse extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire("sparsevec", in, offset, length);
            int dimensions = wire.int32();
            int count = wire.int32();
            wire.take(4);
            if (count < 0 || count * 8L != wire.remaining()) {
                throw wire.malformed("impossible count, count=" + count);
            }
            int indexes = wire.take(4 * count);
            out.append('{');
            for (int i = 0; i < count; i++) {
                out.append(i == 0 ? "" : ",").append(Wire.int32(in, indexes + 4 * i) + 1L);
                FloatText.append(out.append(':'), wire.float32());
            }
            out.append("}/").append(dimensions);
        }
    }
}
