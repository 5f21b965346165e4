package org.bottledwater.pipeline.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bottledwater.change.MalformedInputException;

/** Cuts a JSON object into the values of its members, whose names it finds, too. Not thread-safe. */
final class JsonSplitter {
    private final Spans names = new Spans();
    private byte[] bytes = {};
    private int position;

    /** @throws MalformedInputException if the value is not an object */
    void split(byte[] value, Spans spans) {
        bytes = value;
        position = 0;
        spans.clear();
        names.clear();
        expect('{');
        while (next() != '}') {
            int name = position;
            skipString();
            names.add(name, position);
            expect(':');
            int begin = position;
            skipValue();
            spans.add(begin, position);
            if (next() == ',') {
                position++;
            }
        }
    }

    /** What tells the names of the value that was split last from other names. */
    long nameHash(KeyHash hash) {
        long sum = names.count();
        for (int i = 0; i < names.count(); i++) {
            sum = KeyHash.finish(
                    sum ^ hash.of(bytes, names.from(i), names.to(i)).high());
        }
        return sum;
    }

    /** The names, in quotes and with escapes, as they stand there. */
    List<String> names() {
        List<String> found = new ArrayList<>();
        for (int i = 0; i < names.count(); i++) {
            found.add(new String(bytes, names.from(i), names.to(i) - names.from(i), StandardCharsets.UTF_8));
        }
        return found;
    }

    private void skipValue() {
        int depth = 0;
        do {
            byte b = next();
            if (b == '"') {
                skipString();
            } else if (b == '{' || b == '[') {
                depth++;
                position++;
            } else if (b == '}' || b == ']') {
                depth--;
                position++;
            } else if (b == ',' || b == ':') {
                position++;
            } else {
                skipWord();
            }
        } while (depth > 0);
    }

    /** A number, true, false or null. */
    private void skipWord() {
        int begin = position;
        while (position < bytes.length && ",:}] \t\r\n".indexOf(bytes[position]) < 0) {
            position++;
        }
        if (position == begin) {
            throw malformed();
        }
    }

    private void skipString() {
        expect('"');
        while (position < bytes.length && bytes[position] != '"') {
            position += bytes[position] == '\\' ? 2 : 1;
        }
        expect('"');
    }

    private byte next() {
        while (position < bytes.length && " \t\r\n".indexOf(bytes[position]) >= 0) {
            position++;
        }
        if (position >= bytes.length) {
            throw malformed();
        }
        return bytes[position];
    }

    private void expect(char c) {
        if (position >= bytes.length || bytes[position] != c) {
            throw malformed();
        }
        position++;
    }

    private MalformedInputException malformed() {
        return new MalformedInputException("not a JSON object: position=" + position);
    }
}
