package org.bottledwater.avro;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.bottledwater.change.MalformedInputException;

/** Reads a binary form from front to back, and checks each step against its end. */
final class Wire {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final int SHOWN_BYTES = 40;

    private final String what;
    final byte[] in;
    private final int end;
    private int at;

    Wire(String what, byte[] in, int offset, int length) {
        this.what = what;
        this.in = in;
        this.at = offset;
        this.end = offset + length;
    }

    static short int16(byte[] in, int offset) {
        return (short) SHORTS.get(in, offset);
    }

    static int int32(byte[] in, int offset) {
        return (int) INTS.get(in, offset);
    }

    static long int64(byte[] in, int offset) {
        return (long) LONGS.get(in, offset);
    }

    static void checkLength(String what, int length, int expected) {
        if (length != expected) {
            throw new MalformedInputException(what + ": wrong length, expected=" + expected + " length=" + length);
        }
    }

    /** For text that is not what the type prints. */
    static MalformedInputException malformedText(String what, byte[] in, int offset, int length) {
        int shown = Math.max(0, Math.min(length, SHOWN_BYTES));
        return new MalformedInputException(
                what + ": malformed, text=" + new String(in, offset, shown, StandardCharsets.UTF_8));
    }

    MalformedInputException malformed(String reason) {
        return new MalformedInputException(what + ": " + reason);
    }

    int remaining() {
        return end - at;
    }

    /** Steps over {@code length} bytes and tells where they begin. */
    int take(int length) {
        if (length < 0 || length > end - at) {
            throw malformed("truncated, wanted=" + length + " left=" + (end - at));
        }
        int from = at;
        at += length;
        return from;
    }

    int int8() {
        return in[take(1)];
    }

    int uint16() {
        return int16(in, take(2)) & 0xFFFF;
    }

    int int32() {
        return int32(in, take(4));
    }

    long int64() {
        return int64(in, take(8));
    }

    float float32() {
        return Float.intBitsToFloat(int32());
    }

    double float64() {
        return Double.longBitsToDouble(int64());
    }

    /** A count of things that take {@code bytesEach} at least, so that a wrong one is found before it is believed. */
    int count(int bytesEach) {
        int count = int32();
        if (count < 0 || (long) count * bytesEach > end - at) {
            throw malformed("impossible count, count=" + count + " left=" + (end - at));
        }
        return count;
    }

    /** The length of bytes that follow, or -1 for NULL. */
    int nullableLength() {
        int length = int32();
        if (length < -1 || length > end - at) {
            throw malformed("impossible length, length=" + length + " left=" + (end - at));
        }
        return length;
    }

    /** Where the zero is that ends the string which begins here; steps over both. */
    int cstringEnd() {
        for (int i = at; i < end; i++) {
            if (in[i] == 0) {
                at = i + 1;
                return i;
            }
        }
        throw malformed("string without end");
    }

    int position() {
        return at;
    }

    void finish() {
        if (at != end) {
            throw malformed("bytes left over, left=" + (end - at));
        }
    }
}
