package org.bottledwater.avro;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** tsvector and tsquery (manual, "Text Search Types"), as text. */
final class TextSearch {
    static final Codec TSVECTOR = new TsVector();
    static final Codec TSQUERY = new TsQuery();

    private TextSearch() {}

    /** In quotes; quotes and backslashes are doubled. */
    private static void quoted(byte[] in, int from, int to, TextBuffer out) {
        out.append('\'');
        for (int i = from; i < to; i++) {
            if (in[i] == '\'' || in[i] == '\\') {
                out.appendByte(in[i]);
            }
            out.appendByte(in[i]);
        }
        out.append('\'');
    }

    /**
     * The number of lexemes; for each its text ended by a zero, the number of its positions and these, with the weight
     * (D, C, B, A) in the upper two of 16 bits.
     */
    private static final class TsVector extends StringCodec {
        private static final String WEIGHTS = "DCBA";

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire("tsvector", in, offset, length);
            int lexemes = wire.count(3);
            for (int i = 0; i < lexemes; i++) {
                out.append(i == 0 ? "" : " ");
                int from = wire.position();
                quoted(in, from, wire.cstringEnd(), out);
                int positions = wire.uint16();
                for (int j = 0; j < positions; j++) {
                    int position = wire.uint16();
                    out.append(j == 0 ? ':' : ',').append(position & 0x3FFF);
                    if (position >> 14 != 0) {
                        out.append(WEIGHTS.charAt(position >> 14));
                    }
                }
            }
            wire.finish();
        }
    }

    /**
     * The number of items, then these in Polish notation with the right operand before the left one.
     *
     * <p>An operand is 1, a byte of weights, a byte that is 1 for a prefix, and text ended by a zero; an operator is 2, a
     * byte that tells which, and for {@code <->} a distance of 16 bits. They are composed from the end backwards, so
     * that a query of many thousand terms needs no deep stack.
     */
    private static final class TsQuery extends StringCodec {
        private static final int OPERAND = 1;
        private static final int OPERATOR = 2;

        private static final int NOT = 1;
        private static final int AND = 2;
        private static final int OR = 3;
        private static final int PHRASE = 4;

        /** How strongly each operator binds, by its code; an operand binds strongest. */
        private static final int[] PRIORITY = {5, 4, 2, 1, 3};

        /** An expression as text; {@code operator} is its outermost, 0 for an operand. */
        private record Part(TextBuffer text, int operator) {}

        private record Item(int kind, int operator, int distance, TextBuffer operand) {}

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire("tsquery", in, offset, length);
            List<Item> items = read(wire);
            Deque<Part> parts = new ArrayDeque<>();
            for (int i = items.size() - 1; i >= 0; i--) {
                Item item = items.get(i);
                if (item.kind() == OPERAND) {
                    parts.push(new Part(item.operand(), 0));
                } else if (parts.size() < (item.operator() == NOT ? 1 : 2)) {
                    throw wire.malformed("operator without operand");
                } else {
                    Part right = parts.pop();
                    parts.push(item.operator() == NOT ? not(right) : join(item, parts.pop(), right));
                }
            }
            if (parts.size() > 1) {
                throw wire.malformed("operand without operator");
            }
            if (!parts.isEmpty()) {
                TextBuffer text = parts.pop().text();
                out.append(text.bytes(), 0, text.size());
            }
        }

        private static List<Item> read(Wire wire) {
            int count = wire.count(3);
            List<Item> items = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                int kind = wire.int8();
                if (kind == OPERAND) {
                    items.add(new Item(kind, 0, 0, operand(wire)));
                } else if (kind == OPERATOR) {
                    int operator = wire.int8();
                    if (operator < NOT || operator > PHRASE) {
                        throw wire.malformed("unknown operator, operator=" + operator);
                    }
                    items.add(new Item(kind, operator, operator == PHRASE ? wire.uint16() : 0, new TextBuffer()));
                } else {
                    throw wire.malformed("unknown item, kind=" + kind);
                }
            }
            wire.finish();
            return items;
        }

        private static TextBuffer operand(Wire wire) {
            int weights = wire.int8();
            boolean prefix = wire.int8() != 0;
            TextBuffer text = new TextBuffer();
            int from = wire.position();
            quoted(wire.in, from, wire.cstringEnd(), text);
            if (weights != 0 || prefix) {
                text.append(':').append(prefix ? "*" : "");
                for (int i = 3; i >= 0; i--) {
                    text.append((weights >> i & 1) != 0 ? String.valueOf("DCBA".charAt(i)) : "");
                }
            }
            return text;
        }

        private static Part not(Part operand) {
            TextBuffer text = new TextBuffer().append('!');
            append(text, operand, PRIORITY[operand.operator()] < PRIORITY[NOT]);
            return new Part(text, NOT);
        }

        /** The left text grows in place, as most queries are long to the left. */
        private static Part join(Item item, Part left, Part right) {
            int operator = item.operator();
            TextBuffer text = left.text();
            if (PRIORITY[left.operator()] < PRIORITY[operator]) {
                text = new TextBuffer();
                append(text, left, true);
            }
            text.append(symbol(operator, item.distance()));
            boolean phraseInPhrase = operator == PHRASE && right.operator() == PHRASE;
            append(text, right, phraseInPhrase || PRIORITY[right.operator()] < PRIORITY[operator]);
            return new Part(text, operator);
        }

        private static String symbol(int operator, int distance) {
            return switch (operator) {
                case AND -> " & ";
                case OR -> " | ";
                default -> distance == 1 ? " <-> " : " <" + distance + "> ";
            };
        }

        private static void append(TextBuffer text, Part part, boolean parentheses) {
            text.append(parentheses ? "( " : "");
            text.append(part.text().bytes(), 0, part.text().size());
            text.append(parentheses ? " )" : "");
        }
    }
}
