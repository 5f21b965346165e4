package org.bottledwater.avro;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Writes Avro's binary encoding (Avro specification, "Binary Encoding"). */
final class AvroWriter extends ValueWriter {
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int FIRST_BYTES = 4096;

    private byte[] buffer = new byte[FIRST_BYTES];
    private int size;

    /** @param anyBytes whether text has to be looked at, since the server does not */
    AvroWriter(boolean anyBytes) {
        super(anyBytes);
    }

    @Override
    void begin(byte[] prefix) {
        if (buffer.length > TextBuffer.KEEP_BYTES) {
            buffer = new byte[FIRST_BYTES];
        }
        size = 0;
        raw(prefix, 0, prefix.length);
    }

    @Override
    byte[] finish() {
        return Arrays.copyOf(buffer, size);
    }

    @Override
    void absent() {
        single(0);
    }

    /** Branch 1 of the union {@code ["null", T]}, in zigzag. */
    @Override
    void present() {
        single(2);
    }

    @Override
    void bool(boolean value) {
        single(value ? 1 : 0);
    }

    @Override
    void int32(int value) {
        int64(value);
    }

    @Override
    void int64(long value) {
        ensure(10);
        long rest = value << 1 ^ value >> 63;
        byte[] to = buffer;
        int at = size;
        while ((rest & ~0x7FL) != 0) {
            to[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        to[at++] = (byte) rest;
        size = at;
    }

    @Override
    void float32(float value) {
        ensure(4);
        INTS.set(buffer, size, Float.floatToIntBits(value));
        size += 4;
    }

    @Override
    void float64(double value) {
        ensure(8);
        LONGS.set(buffer, size, Double.doubleToLongBits(value));
        size += 8;
    }

    @Override
    void text(byte[] in, int offset, int length) {
        checkText(in, offset, length);
        int64(length);
        raw(in, offset, length);
    }

    @Override
    void number(byte[] in, int offset, int length) {
        text(in, offset, length);
    }

    @Override
    void json(byte[] in, int offset, int length) {
        text(in, offset, length);
    }

    @Override
    void bytes(byte[] in, int offset, int length) {
        int64(length);
        raw(in, offset, length);
    }

    /** The unscaled value in as few big-endian two's-complement bytes as hold it, as {@link BigInteger} does it. */
    @Override
    void decimal(long unscaled, int scale) {
        int length = (64 - Long.numberOfLeadingZeros(unscaled ^ unscaled >> 63)) / 8 + 1;
        ensure(9);
        buffer[size++] = (byte) (length << 1);
        for (int shift = (length - 1) * 8; shift >= 0; shift -= 8) {
            buffer[size++] = (byte) (unscaled >> shift);
        }
    }

    @Override
    void decimal(BigInteger unscaled, int scale) {
        byte[] bytes = unscaled.toByteArray();
        text(bytes, 0, bytes.length);
    }

    @Override
    void date(int days) {
        int64(days);
    }

    @Override
    void time(long micros) {
        int64(micros);
    }

    @Override
    void localTimestamp(long micros) {
        int64(micros);
    }

    @Override
    void instant(long micros) {
        int64(micros);
    }

    @Override
    void beginRecord() {}

    @Override
    void field(byte[] label) {}

    @Override
    void endRecord() {}

    /**
     * One block holds all items, and its count comes before them. A byte is left for it: enough up to 63 items, and
     * with more the items are moved once. So an array has the same bytes whether its count was known or not.
     */
    @Override
    int beginArray() {
        single(0);
        return size;
    }

    @Override
    void item() {}

    @Override
    void endArray(int mark, int count) {
        if (count == 0) {
            return;
        }
        int end = size;
        int64(count);
        int countBytes = size - end;
        if (countBytes == 1) {
            buffer[mark - 1] = buffer[end];
            size = end;
        } else {
            byte[] head = Arrays.copyOfRange(buffer, end, size);
            System.arraycopy(buffer, mark, buffer, mark - 1 + countBytes, end - mark);
            System.arraycopy(head, 0, buffer, mark - 1, countBytes);
            size = end - 1 + countBytes;
        }
        single(0);
    }

    @Override
    int beginMap() {
        return beginArray();
    }

    @Override
    void key(byte[] in, int offset, int length) {
        text(in, offset, length);
    }

    @Override
    void endMap(int mark, int count) {
        endArray(mark, count);
    }

    private void single(int value) {
        ensure(1);
        buffer[size++] = (byte) value;
    }

    private void raw(byte[] in, int offset, int length) {
        ensure(length);
        System.arraycopy(in, offset, buffer, size, length);
        size += length;
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = TextBuffer.grow(buffer, size, more);
        }
    }
}
