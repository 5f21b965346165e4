package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.bottledwater.change.Lsn;
import org.bottledwater.change.MalformedInputException;

/** Reads the fields of one message in order, with a check before each read. */
final class WireReader {
    private static final byte[] EMPTY = {};

    private byte[] buffer = EMPTY;
    private int start;
    private int position;
    private int end;
    private long lsn;
    private String message = "";

    void wrap(byte[] buffer, int offset, int length, long lsn) {
        this.buffer = buffer;
        this.start = offset;
        this.position = offset;
        this.end = offset + length;
        this.lsn = lsn;
        this.message = "message";
    }

    /** What errors call the message from here on. */
    void name(String message) {
        this.message = message;
    }

    int position() {
        return position;
    }

    int remaining() {
        return end - position;
    }

    byte int8() {
        require(1);
        return buffer[position++];
    }

    short int16() {
        require(2);
        short value = Bytes.int16(buffer, position);
        position += 2;
        return value;
    }

    int int32() {
        require(4);
        int value = Bytes.int32(buffer, position);
        position += 4;
        return value;
    }

    long int64() {
        require(8);
        long value = Bytes.int64(buffer, position);
        position += 8;
        return value;
    }

    /** A string that ends with a zero byte. */
    String string() {
        int from = position;
        for (int i = from; i < end; i++) {
            if (buffer[i] == 0) {
                position = i + 1;
                return new String(buffer, from, i - from, UTF_8);
            }
        }
        throw malformed("string has no end, offset=" + (from - start));
    }

    void skip(int length) {
        require(length);
        position += length;
    }

    /** Checks that nothing follows the message's last field. */
    void finish() {
        if (position != end) {
            throw malformed("bytes left over, offset=" + (position - start) + " left=" + remaining());
        }
    }

    MalformedInputException malformed(String what) {
        return new MalformedInputException(message + ": " + what + " lsn=" + Lsn.toString(lsn));
    }

    private void require(int length) {
        if (length < 0) {
            throw malformed("negative length, length=" + length + " offset=" + (position - start));
        }
        if (length > end - position) {
            throw malformed(
                    "message ends early, needed=" + length + " left=" + remaining() + " offset=" + (position - start));
        }
    }
}
