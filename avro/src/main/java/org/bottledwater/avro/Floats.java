package org.bottledwater.avro;

import org.apache.avro.Schema;

/** real and double precision (manual, "Floating-Point Types"). */
final class Floats {
    static final Codec FLOAT4 = new Float4();
    static final Codec FLOAT8 = new Float8();

    private Floats() {}

    private static final class Float4 extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.FLOAT);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.float32(FloatText.parseFloat(in, offset, length));
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("real", length, 4);
            out.float32(Float.intBitsToFloat(Wire.int32(in, offset)));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("real", length, 4);
            FloatText.append(out, Float.intBitsToFloat(Wire.int32(in, offset)));
        }

        @Override
        Codec asString() {
            return new ShortestText(this);
        }
    }

    private static final class Float8 extends Codec {
        @Override
        Schema schema(SchemaPath path) {
            return Schema.create(Schema.Type.DOUBLE);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.float64(FloatText.parseDouble(in, offset, length));
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire.checkLength("double precision", length, 8);
            out.float64(Double.longBitsToDouble(Wire.int64(in, offset)));
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("double precision", length, 8);
            FloatText.append(out, Double.longBitsToDouble(Wire.int64(in, offset)));
        }

        @Override
        Codec asString() {
            return new ShortestText(this);
        }
    }

    /** PostgreSQL before 12 prints more digits than are needed; so the text is read and printed again. */
    private static final class ShortestText extends StringCodec {
        private final Codec codec;

        ShortestText(Codec codec) {
            this.codec = codec;
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            out.scratch.clear();
            if (codec == FLOAT4) {
                FloatText.append(out.scratch, FloatText.parseFloat(in, offset, length));
            } else {
                FloatText.append(out.scratch, FloatText.parseDouble(in, offset, length));
            }
            out.textOfScratch();
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            codec.render(in, offset, length, out);
        }
    }
}
