package org.bottledwater.avro;

import org.bottledwater.change.MalformedInputException;

/** Steps over the text form of numbers with punctuation between them. */
final class NumberScanner {
    private final String what;
    private final byte[] in;
    private final int start;
    private final int end;
    private int at;

    NumberScanner(String what, byte[] in, int offset, int length) {
        this.what = what;
        this.in = in;
        this.start = offset;
        this.end = offset + length;
        this.at = offset;
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

    void expect(char c) {
        if (!skip(c)) {
            throw malformed();
        }
    }

    double number() {
        int from = numberStart();
        return FloatText.parseDouble(in, from, at - from);
    }

    float float32() {
        int from = numberStart();
        return FloatText.parseFloat(in, from, at - from);
    }

    void finish() {
        if (at != end) {
            throw malformed();
        }
    }

    private int numberStart() {
        int from = at;
        while (at < end && ",()[]{}<>".indexOf(in[at]) < 0) {
            at++;
        }
        return from;
    }

    private MalformedInputException malformed() {
        return Wire.malformedText(what, in, start, end - start);
    }
}
