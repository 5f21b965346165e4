package org.bottledwater.avro;

/** A type whose binary form is unknown: its text, which the source has to ask for. */
final class UnknownCodec extends StringCodec {
    private final String type;

    UnknownCodec(String type) {
        this.type = type;
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        throw new IllegalStateException("the source sent a binary form that nobody here can read: type=" + type);
    }

    @Override
    boolean readsBinary() {
        return false;
    }
}
