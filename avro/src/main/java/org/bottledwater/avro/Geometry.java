package org.bottledwater.avro;

import java.util.List;
import org.apache.avro.Schema;

/**
 * The geometric types (manual, "Geometric Types"): records of doubles.
 *
 * <p>Both forms are rows of doubles with some dressing, so a shape is read into its numbers and written from there.
 */
final class Geometry {
    /** {@code (1,2)}. */
    static final Codec POINT = new Fixed("point", "(x,y)", "x", "y");
    /** {@code {1,2,3}}: ax + by + c = 0. */
    static final Codec LINE = new Fixed("line", "{a,b,c}", "a", "b", "c");
    /** {@code [(1,2),(3,4)]}. */
    static final Codec LSEG = new Fixed("lseg", "[(x,y),(x,y)]", "p1.x", "p1.y", "p2.x", "p2.y");
    /** {@code (3,4),(1,2)}: the upper right corner first. */
    static final Codec BOX = new Fixed("box", "(x,y),(x,y)", "p1.x", "p1.y", "p2.x", "p2.y");
    /** {@code <(1,2),3>}. */
    static final Codec CIRCLE = new Fixed("circle", "<(x,y),r>", "center.x", "center.y", "radius");
    /** {@code [(1,2),(3,4)]} is open, {@code ((1,2),(3,4))} closed. */
    static final Codec PATH = new Points("path", true);
    /** {@code ((1,2),(3,4))}. */
    static final Codec POLYGON = new Points("polygon", false);

    private static final byte[] X = JsonWriter.label("x");
    private static final byte[] Y = JsonWriter.label("y");

    private Geometry() {}

    private static Schema pointSchema(SchemaPath path) {
        return path.record(number("x"), number("y"));
    }

    private static Schema.Field number(String name) {
        return new Schema.Field(name, Schema.create(Schema.Type.DOUBLE));
    }

    /**
     * A shape with a fixed number of doubles.
     *
     * <p>{@code fields} names each number's place, {@code p1.x} for one inside of an inner point; {@code pattern} is the
     * text form with a letter for each number.
     */
    private static final class Fixed extends Codec {
        private final String name;
        private final String pattern;
        private final List<String> fields;
        private final byte[][] outerLabels;
        private final byte[][] labels;

        Fixed(String name, String pattern, String... fields) {
            this.name = name;
            this.pattern = pattern;
            this.fields = List.of(fields);
            this.outerLabels = new byte[fields.length][];
            this.labels = new byte[fields.length][];
            for (int i = 0; i < fields.length; i++) {
                int dot = fields[i].indexOf('.');
                outerLabels[i] = JsonWriter.label(fields[i].substring(0, Math.max(dot, 0)));
                labels[i] = JsonWriter.label(fields[i].substring(dot + 1));
            }
        }

        @Override
        Schema schema(SchemaPath path) {
            return path.record(fields.stream()
                    .filter(field -> !field.endsWith(".y"))
                    .map(field ->
                            field.endsWith(".x") ? inner(path, field.substring(0, field.length() - 2)) : number(field))
                    .toArray(Schema.Field[]::new));
        }

        private static Schema.Field inner(SchemaPath path, String name) {
            return new Schema.Field(name, pointSchema(path.field(name)));
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            NumberScanner scanner = new NumberScanner(name, in, offset, length);
            double[] numbers = new double[fields.size()];
            int number = 0;
            for (int i = 0; i < pattern.length(); i++) {
                if (Character.isLetter(pattern.charAt(i))) {
                    numbers[number++] = scanner.number();
                } else {
                    scanner.expect(pattern.charAt(i));
                }
            }
            scanner.finish();
            write(numbers, out);
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            write(read(in, offset, length), out);
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            double[] numbers = read(in, offset, length);
            int number = 0;
            for (int i = 0; i < pattern.length(); i++) {
                if (Character.isLetter(pattern.charAt(i))) {
                    FloatText.append(out, numbers[number++]);
                } else {
                    out.append(pattern.charAt(i));
                }
            }
        }

        private double[] read(byte[] in, int offset, int length) {
            Wire.checkLength(name, length, 8 * fields.size());
            double[] numbers = new double[fields.size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Double.longBitsToDouble(Wire.int64(in, offset + 8 * i));
            }
            return numbers;
        }

        private void write(double[] numbers, ValueWriter out) {
            out.beginRecord();
            for (int i = 0; i < numbers.length; i++) {
                String field = fields.get(i);
                if (field.endsWith(".x")) {
                    out.field(outerLabels[i]);
                    out.beginRecord();
                }
                out.field(labels[i]);
                out.float64(numbers[i]);
                if (field.endsWith(".y")) {
                    out.endRecord();
                }
            }
            out.endRecord();
        }
    }

    /** A row of points, {@code {points}}, for a path {@code {closed, points}}. */
    private static final class Points extends Codec {
        private static final byte[] CLOSED = JsonWriter.label("closed");
        private static final byte[] POINTS = JsonWriter.label("points");

        private final String name;
        private final boolean mayBeOpen;

        Points(String name, boolean mayBeOpen) {
            this.name = name;
            this.mayBeOpen = mayBeOpen;
        }

        @Override
        Schema schema(SchemaPath path) {
            Schema.Field points = new Schema.Field("points", Schema.createArray(pointSchema(path.field("points"))));
            return mayBeOpen
                    ? path.record(new Schema.Field("closed", Schema.create(Schema.Type.BOOLEAN)), points)
                    : path.record(points);
        }

        @Override
        void text(byte[] in, int offset, int length, ValueWriter out) {
            NumberScanner scanner = new NumberScanner(name, in, offset, length);
            boolean closed = !(mayBeOpen && scanner.next() == '[');
            scanner.expect(closed ? '(' : '[');
            int mark = begin(closed, out);
            int count = 0;
            do {
                scanner.expect('(');
                double x = scanner.number();
                scanner.expect(',');
                point(x, scanner.number(), out);
                scanner.expect(')');
                count++;
            } while (scanner.skip(','));
            scanner.expect(closed ? ')' : ']');
            scanner.finish();
            out.endArray(mark, count);
            out.endRecord();
        }

        @Override
        void binary(byte[] in, int offset, int length, ValueWriter out) {
            Wire wire = new Wire(name, in, offset, length);
            boolean closed = closed(wire);
            int count = count(wire);
            int mark = begin(closed, out);
            for (int i = 0; i < count; i++) {
                point(wire.float64(), wire.float64(), out);
            }
            out.endArray(mark, count);
            out.endRecord();
        }

        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire(name, in, offset, length);
            boolean closed = closed(wire);
            int count = count(wire);
            out.append(closed ? '(' : '[');
            for (int i = 0; i < count; i++) {
                FloatText.append(out.append(i == 0 ? "(" : ",("), wire.float64());
                FloatText.append(out.append(','), wire.float64());
                out.append(')');
            }
            out.append(closed ? ')' : ']');
        }

        private boolean closed(Wire wire) {
            return !mayBeOpen || wire.int8() != 0;
        }

        private static int count(Wire wire) {
            int count = wire.count(16);
            if (count * 16 != wire.remaining()) {
                throw wire.malformed("impossible count, count=" + count);
            }
            return count;
        }

        private int begin(boolean closed, ValueWriter out) {
            out.beginRecord();
            if (mayBeOpen) {
                out.field(CLOSED);
                out.bool(closed);
            }
            out.field(POINTS);
            return out.beginArray();
        }

        private static void point(double x, double y, ValueWriter out) {
            out.item();
            out.beginRecord();
            out.field(X);
            out.float64(x);
            out.field(Y);
            out.float64(y);
            out.endRecord();
        }
    }
}
