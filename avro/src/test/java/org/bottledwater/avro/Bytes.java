package org.bottledwater.avro;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Binary forms, written field by field. */
final class Bytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    static Bytes bytes() {
        return new Bytes();
    }

    Bytes i1(int value) {
        out.write(value);
        return this;
    }

    Bytes i2(int... values) {
        for (int value : values) {
            raw(ByteBuffer.allocate(2).putShort((short) value).array());
        }
        return this;
    }

    Bytes i4(int... values) {
        for (int value : values) {
            raw(ByteBuffer.allocate(4).putInt(value).array());
        }
        return this;
    }

    Bytes i8(long... values) {
        for (long value : values) {
            raw(ByteBuffer.allocate(8).putLong(value).array());
        }
        return this;
    }

    Bytes f4(float... values) {
        for (float value : values) {
            i4(Float.floatToIntBits(value));
        }
        return this;
    }

    Bytes f8(double... values) {
        for (double value : values) {
            i8(Double.doubleToLongBits(value));
        }
        return this;
    }

    Bytes s(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    Bytes hex(String hex) {
        return raw(HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    /** The length in four bytes, and the bytes. */
    Bytes sized(Bytes value) {
        byte[] array = value.array();
        return i4(array.length).raw(array);
    }

    private Bytes raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    byte[] array() {
        return out.toByteArray();
    }
}
