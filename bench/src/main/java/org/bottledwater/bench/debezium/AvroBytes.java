package org.bottledwater.bench.debezium;

import java.util.Arrays;

/** A buffer that Avro's binary encoding is written to. */
final class AvroBytes {
    private byte[] buffer = new byte[4096];
    private int size;

    /** Confluent's wire format begins with a zero and the schema's id. */
    void begin(int schemaId) {
        size = 0;
        single(0);
        for (int shift = 24; shift >= 0; shift -= 8) {
            single(schemaId >> shift);
        }
    }

    byte[] finish() {
        return Arrays.copyOf(buffer, size);
    }

    void int64(long value) {
        ensure(10);
        long rest = value << 1 ^ value >> 63;
        while ((rest & ~0x7FL) != 0) {
            buffer[size++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        buffer[size++] = (byte) rest;
    }

    /** Little-endian, as Avro's float and double are. */
    void fixed(long bits, int bytes) {
        ensure(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer[size++] = (byte) (bits >> (8 * i));
        }
    }

    void single(int value) {
        ensure(1);
        buffer[size++] = (byte) value;
    }

    void bytes(byte[] value) {
        int64(value.length);
        raw(value, 0, value.length);
    }

    private void raw(byte[] value, int offset, int length) {
        ensure(length);
        System.arraycopy(value, offset, buffer, size, length);
        size += length;
    }

    private void ensure(int more) {
        if (buffer.length - size < more) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + more));
        }
    }
}
