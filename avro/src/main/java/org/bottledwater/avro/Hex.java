package org.bottledwater.avro;

/** Hexadecimal digits, of either case. */
final class Hex {
    private Hex() {}

    static void decode(String what, byte[] in, int offset, int length, TextBuffer out) {
        if ((length & 1) != 0) {
            throw Wire.malformedText(what, in, offset, length);
        }
        for (int i = offset; i < offset + length; i += 2) {
            int value = Character.digit(in[i], 16) << 4 | Character.digit(in[i + 1], 16);
            if (value < 0) {
                throw Wire.malformedText(what, in, offset, length);
            }
            out.appendByte((byte) value);
        }
    }
}
