package org.bottledwater.avro;

import java.util.Arrays;

/** How the text forms of containers quote what is in them, each in its way. */
enum Quoting {
    /** Quoted where needed, {@code \"} inside. */
    ARRAY("\"\\{}", '\\'),
    /** Quoted where needed, doubled inside. */
    COMPOSITE("\"\\(),", '"'),
    /** As {@link #COMPOSITE}, with more that needs it. */
    RANGE("\"\\()[],", '"'),
    /** Always quoted, {@code \"} inside. */
    HSTORE("", '\\');

    private final String special;
    private final char escape;

    Quoting(String special, char escape) {
        this.special = special;
        this.escape = escape;
    }

    /** Quotes what {@code out} has from {@code mark} on, if it must be. */
    void quote(TextBuffer out, int mark) {
        quote(out, mark, ',');
    }

    /** @param delimiter of the items of an array */
    void quote(TextBuffer out, int mark, char delimiter) {
        int length = out.size() - mark;
        if (!isNeeded(out.bytes(), mark, out.size(), delimiter)) {
            return;
        }
        byte[] plain = Arrays.copyOfRange(out.bytes(), mark, mark + length);
        out.truncate(mark);
        out.append('"');
        for (byte b : plain) {
            if (b == '"' || b == '\\') {
                // Where quotes are doubled, so are backslashes.
                out.append(escape == '"' ? (char) b : escape);
            }
            out.appendByte(b);
        }
        out.append('"');
    }

    private boolean isNeeded(byte[] bytes, int from, int to, char delimiter) {
        if (from == to || this == HSTORE || (this == ARRAY && isNull(bytes, from, to))) {
            return true;
        }
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b == ' ' || (b >= '\t' && b <= '\r') || special.indexOf(b) >= 0 || (this == ARRAY && b == delimiter)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNull(byte[] bytes, int from, int to) {
        return to - from == 4
                && (bytes[from] | 32) == 'n'
                && (bytes[from + 1] | 32) == 'u'
                && (bytes[from + 2] | 32) == 'l'
                && (bytes[from + 3] | 32) == 'l';
    }
}
