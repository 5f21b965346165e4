package org.bottledwater.avro;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A column that is sent as the SHA-256 of PostgreSQL's text form, in hexadecimal: equal values stay equal. */
final class HashCodec extends StringCodec {
    private static final String DIGITS = "0123456789abcdef";

    private final Codec codec;
    private final MessageDigest digest;

    HashCodec(Codec codec) {
        this.codec = codec;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has it", e);
        }
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        hash(in, offset, length, out.scratch.clear());
        out.textOfScratch();
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        int start = out.size();
        codec.render(in, offset, length, out);
        digest.update(out.bytes(), start, out.size() - start);
        out.truncate(start);
        print(digest.digest(), out);
    }

    private void hash(byte[] in, int offset, int length, TextBuffer out) {
        digest.update(in, offset, length);
        print(digest.digest(), out);
    }

    private static void print(byte[] hash, TextBuffer out) {
        for (byte b : hash) {
            out.append(DIGITS.charAt(b >> 4 & 15)).append(DIGITS.charAt(b & 15));
        }
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
