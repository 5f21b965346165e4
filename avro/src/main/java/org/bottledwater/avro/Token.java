package org.bottledwater.avro;

import org.bottledwater.change.MalformedInputException;

/**
 * Walks over the text form of a container and shows its items one by one, unquoted. It understands both ways of
 * quoting, {@code \"} and {@code ""}; an item without escapes is shown in place.
 */
final class Token {
    private final String what;
    private final byte[] in;
    private final int start;
    private final int end;
    private int at;

    /** The item's bytes are {@code bytes[offset, offset + length)}. */
    byte[] bytes;

    int offset;
    int length;
    boolean quoted;

    Token(String what, byte[] in, int offset, int length) {
        this.what = what;
        this.in = in;
        this.start = offset;
        this.end = offset + length;
        this.at = offset;
        this.bytes = in;
    }

    /** The next byte, 0 at the end. */
    byte next() {
        return at < end ? in[at] : 0;
    }

    boolean skip(char c) {
        if (next() != c) {
            return false;
        }
        at++;
        return true;
    }

    boolean skip(String text) {
        if (end - at < text.length()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (in[at + i] != text.charAt(i)) {
                return false;
            }
        }
        at += text.length();
        return true;
    }

    void expect(char c) {
        if (!skip(c)) {
            throw malformed();
        }
    }

    void finish() {
        if (at != end) {
            throw malformed();
        }
    }

    boolean isNull() {
        return !quoted
                && length == 4
                && bytes[offset] == 'N'
                && bytes[offset + 1] == 'U'
                && bytes[offset + 2] == 'L'
                && bytes[offset + 3] == 'L';
    }

    /** Reads an item, which ends before any of the bytes in {@code stops} unless it is quoted. */
    void read(String stops) {
        quoted = skip('"');
        bytes = in;
        offset = at;
        if (quoted) {
            readQuoted();
        } else {
            while (at < end && stops.indexOf(in[at]) < 0) {
                at++;
            }
            length = at - offset;
        }
    }

    private void readQuoted() {
        int escapes = 0;
        while (at < end) {
            byte b = in[at];
            if (b == '\\' || (b == '"' && at + 1 < end && in[at + 1] == '"')) {
                escapes++;
                at += 2;
            } else if (b == '"') {
                length = at - offset;
                at++;
                if (escapes > 0) {
                    unescape(escapes);
                }
                return;
            } else {
                at++;
            }
        }
        throw malformed();
    }

    private void unescape(int escapes) {
        byte[] plain = new byte[length - escapes];
        int from = offset;
        for (int i = 0; i < plain.length; i++) {
            if (in[from] == '\\' || in[from] == '"') {
                from++;
            }
            plain[i] = in[from++];
        }
        bytes = plain;
        offset = 0;
        length = plain.length;
    }

    /** Reads a range, {@code [1,5)}, as one item, with its brackets and quotes. */
    void readRange() {
        quoted = false;
        bytes = in;
        offset = at;
        boolean inQuotes = false;
        while (at < end) {
            byte b = in[at++];
            if (b == '\\') {
                at++;
            } else if (b == '"') {
                inQuotes = !inQuotes;
            } else if (!inQuotes && (b == ')' || b == ']')) {
                length = at - offset;
                return;
            }
        }
        throw malformed();
    }

    MalformedInputException malformed() {
        return Wire.malformedText(what, in, start, end - start);
    }
}
