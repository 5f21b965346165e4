package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bottledwater.change.UnsupportedValueException;

/** UTF-8 text being written: a byte array that grows and is used again and again. Not thread-safe. */
final class TextBuffer {
    /** Above this size the array is not kept for the next row: one large value must not hold its memory for ever. */
    static final int KEEP_BYTES = 1 << 20;

    private static final int FIRST_BYTES = 256;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    /** Of the row whose values are written here. */
    final RowAge age;

    private byte[] bytes = new byte[FIRST_BYTES];
    private int size;

    TextBuffer() {
        this(new RowAge());
    }

    TextBuffer(RowAge age) {
        this.age = age;
    }

    /** The bytes from 0 to {@link #size()}; valid until the next change. */
    byte[] bytes() {
        return bytes;
    }

    int size() {
        return size;
    }

    TextBuffer clear() {
        if (bytes.length > KEEP_BYTES) {
            bytes = new byte[FIRST_BYTES];
        }
        size = 0;
        return this;
    }

    void truncate(int newSize) {
        size = newSize;
    }

    byte last() {
        return bytes[size - 1];
    }

    byte[] toByteArray() {
        return Arrays.copyOf(bytes, size);
    }

    @Override
    public String toString() {
        return new String(bytes, 0, size, StandardCharsets.UTF_8);
    }

    /** Only for ASCII. */
    TextBuffer append(char c) {
        ensure(1);
        bytes[size++] = (byte) c;
        return this;
    }

    TextBuffer appendByte(byte b) {
        ensure(1);
        bytes[size++] = b;
        return this;
    }

    /** Only for ASCII. */
    TextBuffer append(String ascii) {
        int length = ascii.length();
        ensure(length);
        for (int i = 0; i < length; i++) {
            bytes[size + i] = (byte) ascii.charAt(i);
        }
        size += length;
        return this;
    }

    TextBuffer append(byte[] in, int offset, int length) {
        ensure(length);
        System.arraycopy(in, offset, bytes, size, length);
        size += length;
        return this;
    }

    TextBuffer append(long value) {
        if (value == Long.MIN_VALUE) {
            return append("-9223372036854775808");
        }
        ensure(20);
        long rest = value;
        if (rest < 0) {
            bytes[size++] = '-';
            rest = -rest;
        }
        int end = size + digits(rest);
        int at = end;
        do {
            bytes[--at] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest != 0);
        size = end;
        return this;
    }

    /** With zeros in front up to {@code width} digits; {@code value} is not negative. */
    TextBuffer appendPadded(long value, int width) {
        for (int i = digits(value); i < width; i++) {
            append('0');
        }
        return append(value);
    }

    /** Two lowercase hex digits. */
    TextBuffer appendHex(byte b) {
        ensure(2);
        bytes[size++] = HEX[b >> 4 & 15];
        bytes[size++] = HEX[b & 15];
        return this;
    }

    /** A dot and up to six digits of a second's fraction without zeros at the end; nothing for 0. */
    TextBuffer appendFraction(int micros) {
        if (micros == 0) {
            return this;
        }
        append('.').appendPadded(micros, 6);
        while (bytes[size - 1] == '0') {
            size--;
        }
        return this;
    }

    private void ensure(int more) {
        if (bytes.length - size < more) {
            bytes = grow(bytes, size, more);
        }
    }

    /** A larger copy of {@code bytes}, with room for {@code more} after {@code size}. */
    static byte[] grow(byte[] bytes, int size, int more) {
        long needed = (long) size + more;
        if (needed > Integer.MAX_VALUE - 8) {
            throw new UnsupportedValueException("row too large: bytes=" + needed);
        }
        return Arrays.copyOf(bytes, (int) Math.min(Math.max(needed, bytes.length * 2L), Integer.MAX_VALUE - 8));
    }

    private static int digits(long value) {
        int digits = 1;
        for (long rest = value / 10; rest != 0; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
