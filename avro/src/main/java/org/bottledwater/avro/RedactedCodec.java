package org.bottledwater.avro;

/** A column of which only is told whether it is null. */
final class RedactedCodec extends StringCodec {
    static final RedactedCodec REDACTED = new RedactedCodec();

    private static final String STARS = "***";

    private RedactedCodec() {}

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        render(in, offset, length, out.scratch.clear());
        out.textOfScratch();
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        out.append(STARS);
    }
}
