package org.bottledwater.avro;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Writes natural JSON: no wrappers around nullable values, dates as ISO 8601, what has no number as a string. */
final class JsonWriter extends ValueWriter {
    private final TextBuffer out = new TextBuffer();

    /** A field's name as it stands in the object: {@code "name":}. */
    static byte[] label(String name) {
        TextBuffer label = new TextBuffer();
        byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
        quote(label, utf8, 0, utf8.length);
        return label.append(':').toByteArray();
    }

    /** @param anyBytes whether text has to be looked at, since the server does not */
    JsonWriter(boolean anyBytes) {
        super(anyBytes);
    }

    @Override
    void begin(byte[] prefix) {
        out.clear().append(prefix, 0, prefix.length);
    }

    @Override
    byte[] finish() {
        return out.toByteArray();
    }

    /** How much is written, so that a value that failed halfway can be taken back with {@link #rewind}. */
    int position() {
        return out.size();
    }

    void rewind(int position) {
        out.truncate(position);
    }

    @Override
    void absent() {
        out.append("null");
    }

    @Override
    void present() {}

    @Override
    void bool(boolean value) {
        out.append(value ? "true" : "false");
    }

    @Override
    void int32(int value) {
        out.append(value);
    }

    @Override
    void int64(long value) {
        out.append(value);
    }

    @Override
    void float32(float value) {
        if (Float.isFinite(value)) {
            FloatText.append(out, value);
        } else {
            out.append('"');
            FloatText.append(out, value);
            out.append('"');
        }
    }

    @Override
    void float64(double value) {
        if (Double.isFinite(value)) {
            FloatText.append(out, value);
        } else {
            out.append('"');
            FloatText.append(out, value);
            out.append('"');
        }
    }

    @Override
    void text(byte[] in, int offset, int length) {
        checkText(in, offset, length);
        quote(out, in, offset, length);
    }

    @Override
    void number(byte[] in, int offset, int length) {
        byte last = in[offset + length - 1];
        if (last >= '0' && last <= '9') {
            out.append(in, offset, length);
        } else {
            quote(out, in, offset, length);
        }
    }

    @Override
    void json(byte[] in, int offset, int length) {
        checkText(in, offset, length);
        out.append(in, offset, length);
    }

    @Override
    void bytes(byte[] in, int offset, int length) {
        byte[] base64 = Base64.getEncoder().encode(Arrays.copyOfRange(in, offset, offset + length));
        out.append('"').append(base64, 0, base64.length).append('"');
    }

    @Override
    void decimal(long unscaled, int scale) {
        if (scale == 0) {
            out.append(unscaled);
        } else {
            decimal(BigInteger.valueOf(unscaled), scale);
        }
    }

    @Override
    void decimal(BigInteger unscaled, int scale) {
        out.append(new BigDecimal(unscaled, scale).toPlainString());
    }

    @Override
    void date(int days) {
        out.append('"');
        DateTimeText.isoDate(out, days);
        out.append('"');
    }

    @Override
    void time(long micros) {
        out.append('"');
        DateTimeText.time(out, micros);
        out.append('"');
    }

    @Override
    void localTimestamp(long micros) {
        out.append('"');
        DateTimeText.isoTimestamp(out, micros, "");
        out.append('"');
    }

    @Override
    void instant(long micros) {
        out.append('"');
        DateTimeText.isoTimestamp(out, micros, "Z");
        out.append('"');
    }

    @Override
    void beginRecord() {
        out.append('{');
    }

    @Override
    void field(byte[] label) {
        separate('{');
        out.append(label, 0, label.length);
    }

    @Override
    void endRecord() {
        out.append('}');
    }

    @Override
    int beginArray() {
        out.append('[');
        return 0;
    }

    @Override
    void item() {
        separate('[');
    }

    @Override
    void endArray(int mark, int count) {
        out.append(']');
    }

    @Override
    int beginMap() {
        out.append('{');
        return 0;
    }

    @Override
    void key(byte[] in, int offset, int length) {
        separate('{');
        quote(out, in, offset, length);
        out.append(':');
    }

    @Override
    void endMap(int mark, int count) {
        out.append('}');
    }

    /** A comma, unless this is the first: no value ends with an opening bracket. */
    private void separate(char opening) {
        if (out.last() != opening) {
            out.append(',');
        }
    }

    private static void quote(TextBuffer out, byte[] in, int offset, int length) {
        out.append('"');
        int from = offset;
        for (int i = offset; i < offset + length; i++) {
            byte b = in[i];
            if ((b >= 0 && b < ' ') || b == '"' || b == '\\') {
                out.append(in, from, i - from);
                escape(out, b);
                from = i + 1;
            }
        }
        out.append(in, from, offset + length - from).append('"');
    }

    private static void escape(TextBuffer out, byte b) {
        switch (b) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\n' -> out.append("\\n");
            case '\r' -> out.append("\\r");
            case '\t' -> out.append("\\t");
            default -> out.append("\\u00").appendHex(b);
        }
    }
}
