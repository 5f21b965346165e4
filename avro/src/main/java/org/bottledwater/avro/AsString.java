package org.bottledwater.avro;

/** A column that was asked for as a string: PostgreSQL's own text form of whatever type it has. */
final class AsString extends StringCodec {
    private final Codec codec;

    AsString(Codec codec) {
        this.codec = codec;
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        codec.render(in, offset, length, out);
    }

    @Override
    boolean readsBinary() {
        return codec.readsBinary();
    }

    @Override
    boolean hasComposites() {
        return codec.hasComposites();
    }
}
