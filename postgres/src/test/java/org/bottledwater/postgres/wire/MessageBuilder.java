package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Builds a message field by field, in the words of the protocol's tables. */
final class MessageBuilder {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    MessageBuilder int8(int value) {
        out.write(value);
        return this;
    }

    MessageBuilder int16(int value) {
        return int8(value >>> 8).int8(value);
    }

    MessageBuilder int32(int value) {
        return int16(value >>> 16).int16(value);
    }

    MessageBuilder int64(long value) {
        return int32((int) (value >>> 32)).int32((int) value);
    }

    MessageBuilder string(String value) {
        return text(value).int8(0);
    }

    MessageBuilder text(String value) {
        out.writeBytes(value.getBytes(UTF_8));
        return this;
    }

    MessageBuilder hex(String digits) {
        out.writeBytes(HexFormat.of().parseHex(digits));
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
