package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.TableName;

/** Walks over one message of test_decoding. Positions are indexes of the buffer. */
final class TextReader {
    private static final byte[] NULL = ascii("null");
    private static final byte[] UNCHANGED = ascii("unchanged-toast-datum");

    private byte[] buffer = {};
    private int start;
    private int position;
    private int end;
    private long lsn;
    private String message = "";

    static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    void wrap(byte[] buffer, int offset, int length, long lsn) {
        this.buffer = buffer;
        this.start = offset;
        this.position = offset;
        this.end = offset + length;
        this.lsn = lsn;
        this.message = "message";
    }

    /** What errors call the message from here on. */
    void name(String message) {
        this.message = message;
    }

    byte[] buffer() {
        return buffer;
    }

    int position() {
        return position;
    }

    void position(int position) {
        this.position = position;
    }

    int remaining() {
        return end - position;
    }

    boolean atEnd() {
        return position == end;
    }

    /** The byte here, or 0, which no text of PostgreSQL's contains, at the end. */
    byte peek() {
        return position < end ? buffer[position] : 0;
    }

    boolean startsWith(byte[] text) {
        return text.length <= end - position
                && Arrays.equals(buffer, position, position + text.length, text, 0, text.length);
    }

    /** Steps over {@code text} if it comes next. */
    boolean skip(byte[] text) {
        boolean found = startsWith(text);
        if (found) {
            position += text.length;
        }
        return found;
    }

    void require(byte[] text) {
        if (!skip(text)) {
            throw malformed("expected '" + new String(text, US_ASCII) + "'");
        }
    }

    void require(char next) {
        if (peek() != next) {
            throw malformed("expected '" + next + "'");
        }
        position++;
    }

    void finish() {
        if (position != end) {
            throw malformed("text left over");
        }
    }

    /** An unsigned number of 1 to {@code digitsMax} digits. */
    long number(int digitsMax) {
        int from = position;
        long value = 0;
        while (isDigit(peek())) {
            if (position - from == digitsMax) {
                throw malformed("number too long");
            }
            value = value * 10 + (buffer[position++] - '0');
        }
        if (position == from) {
            throw malformed("expected a number");
        }
        return value;
    }

    /** {@code schema.table}, either in double quotes when it needs them. */
    void skipTableName() {
        skipIdentifier();
        require('.');
        skipIdentifier();
    }

    TableName tableName(int from) {
        int back = position;
        position = from;
        skipIdentifier();
        String schema = identifier(from, position);
        int dot = position;
        position++;
        skipIdentifier();
        String table = identifier(dot + 1, position);
        position = back;
        return new TableName(schema, table);
    }

    /** An identifier: bare if it is lower-case ASCII, otherwise in double quotes, with those inside doubled. */
    void skipIdentifier() {
        int from = position;
        if (peek() == '"') {
            skipQuoted((byte) '"');
        } else {
            while (isBareIdentifier(peek())) {
                position++;
            }
        }
        if (position == from) {
            throw malformed("expected an identifier");
        }
    }

    /** The name that the identifier in {@code [from, to)} stands for. */
    String identifier(int from, int to) {
        if (buffer[from] != '"') {
            return new String(buffer, from, to - from, US_ASCII);
        }
        return new String(buffer, from + 1, to - from - 2, UTF_8).replace("\"\"", "\"");
    }

    /** The name of a type up to the bracket that closes it; names in quotes and {@code []} may be part of it. */
    void skipTypeName() {
        int from = position;
        while (peek() != ']') {
            if (atEnd()) {
                throw malformed("type has no end");
            } else if (peek() == '"') {
                skipQuoted((byte) '"');
            } else if (peek() == '[') {
                position++;
                require(']');
            } else {
                position++;
            }
        }
        if (position == from) {
            throw malformed("expected a type");
        }
    }

    String text(int from, int to) {
        return new String(buffer, from, to - from, UTF_8);
    }

    byte[] bytes(int from, int to) {
        return Arrays.copyOfRange(buffer, from, to);
    }

    void skipValue() {
        if (peek() == 'B') {
            position++;
        }
        if (peek() == '\'') {
            skipQuoted((byte) '\'');
        } else {
            skipBare();
        }
        requireValueEnd();
    }

    /** The value of a column: bare (numbers, booleans, the two words), {@code 'quoted'}, or {@code B'bits'}. */
    void readValue(TextRow row, int column) {
        boolean bits = peek() == 'B';
        if (bits) {
            position++;
        }
        int from = position;
        if (peek() == '\'') {
            boolean doubled = skipQuoted((byte) '\'');
            row.set(column, from + 1, position - from - 2, doubled);
        } else if (bits) {
            throw malformed("expected a quote");
        } else if (isWord(NULL)) {
            row.set(column, ColumnState.NULL);
        } else if (isWord(UNCHANGED)) {
            row.set(column, ColumnState.UNCHANGED);
        } else {
            skipBare();
            // Only a boolean is a word in full here; everywhere else PostgreSQL writes t and f.
            boolean word = buffer[from] == 't' || buffer[from] == 'f';
            row.set(column, from, word ? 1 : position - from, false);
        }
        requireValueEnd();
    }

    MalformedInputException malformed(String what) {
        return new MalformedInputException(
                message + ": " + what + ", offset=" + (position - start) + " lsn=" + Lsn.toString(lsn));
    }

    /** Steps over a quoted text and returns whether it has the quote in it, doubled. */
    private boolean skipQuoted(byte quote) {
        boolean doubled = false;
        for (int i = position + 1; i < end; i++) {
            if (buffer[i] == quote) {
                if (i + 1 == end || buffer[i + 1] != quote) {
                    position = i + 1;
                    return doubled;
                }
                doubled = true;
                i++;
            }
        }
        throw malformed("quote has no end");
    }

    private void skipBare() {
        int from = position;
        while (isBareValue(peek())) {
            position++;
        }
        if (position == from) {
            throw malformed("expected a value");
        }
    }

    private boolean isWord(byte[] word) {
        int after = position + word.length;
        if (!startsWith(word) || (after < end && buffer[after] != ' ')) {
            return false;
        }
        position = after;
        return true;
    }

    private void requireValueEnd() {
        if (!atEnd() && peek() != ' ') {
            throw malformed("value has no end");
        }
    }

    private static boolean isDigit(byte value) {
        return value >= '0' && value <= '9';
    }

    private static boolean isBareIdentifier(byte value) {
        return (value >= 'a' && value <= 'z') || isDigit(value) || value == '_';
    }

    private static boolean isBareValue(byte value) {
        return isDigit(value)
                || (value >= 'a' && value <= 'z')
                || (value >= 'A' && value <= 'Z')
                || value == '.'
                || value == '-'
                || value == '+';
    }
}
