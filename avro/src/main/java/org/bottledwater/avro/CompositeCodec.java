package org.bottledwater.avro;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.avro.Schema;
import org.bottledwater.change.Type;

/**
 * A composite type (manual, "Composite Types"): a record with nullable fields. The type may have changed since a value was
 * written, and the value still has the fields that it had: see {@link RowAge}.
 */
final class CompositeCodec extends Codec {
    private final Type.Composite type;
    private final Codec[] codecs;
    private final byte[][] labels;
    private final int[] oids;
    private final int[] inOrder;

    CompositeCodec(Type.Composite type, List<Codec> codecs) {
        this.type = type;
        this.codecs = codecs.toArray(Codec[]::new);
        this.labels = type.fields().stream()
                .map(field -> JsonWriter.label(field.name()))
                .toArray(byte[][]::new);
        this.oids = type.fields().stream().mapToInt(field -> field.type().oid()).toArray();
        this.inOrder = IntStream.range(0, oids.length).toArray();
    }

    @Override
    Schema schema(SchemaPath path) {
        List<String> names = AvroNames.distinct(
                path.namespace() + "." + path.name(),
                type.fields().stream().map(Type.Field::name).toList());
        List<Schema.Field> fields = new ArrayList<>();
        for (int i = 0; i < codecs.length; i++) {
            Type.Field field = type.fields().get(i);
            Schema.Field avro = path.nullable(names.get(i), codecs[i].schema(path.field(field.name())));
            avro.addProp("pg.type", TypeNames.format(field.type(), field.typeModifier()));
            fields.add(avro);
        }
        return path.record(fields.toArray(Schema.Field[]::new));
    }

    @Override
    boolean readsBinary() {
        for (Codec codec : codecs) {
            if (!codec.readsBinary()) {
                return false;
            }
        }
        return true;
    }

    @Override
    boolean hasComposites() {
        return true;
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        if (count(in, offset, length) != Math.max(1, codecs.length) || mayBeOlder(out.age())) {
            earlier(CompositeParts.ofText(in, offset, length), true, out);
            return;
        }
        Token token = new Token("composite", in, offset, length);
        token.expect('(');
        out.beginRecord();
        for (int i = 0; i < codecs.length; i++) {
            if (i > 0) {
                token.expect(',');
            }
            out.field(labels[i]);
            token.read(",)");
            if (token.length == 0 && !token.quoted) {
                out.absent();
            } else {
                out.present();
                codecs[i].text(token.bytes, token.offset, token.length, out);
            }
        }
        token.expect(')');
        token.finish();
        out.endRecord();
    }

    /** How many fields the text has: commas outside of quotes, and one. */
    private static int count(byte[] in, int offset, int length) {
        int count = 1;
        boolean quoted = false;
        for (int i = offset; i < offset + length; i++) {
            switch (in[i]) {
                case '"' -> quoted = !quoted;
                case '\\' -> i++;
                case ',' -> count += quoted ? 0 : 1;
                default -> {}
            }
        }
        return count;
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        if (!isOwn(in, offset, length) || mayBeOlder(out.age())) {
            earlier(CompositeParts.ofBinary(in, offset, length), false, out);
            return;
        }
        Wire wire = new Wire("composite", in, offset, length);
        wire.take(4);
        out.beginRecord();
        for (int i = 0; i < codecs.length; i++) {
            out.field(labels[i]);
            wire.take(4);
            int bytes = wire.nullableLength();
            if (bytes < 0) {
                out.absent();
            } else {
                out.present();
                codecs[i].binary(in, wire.take(bytes), bytes, out);
            }
        }
        wire.finish();
        out.endRecord();
    }

    private void earlier(CompositeParts parts, boolean text, ValueWriter out) {
        int[] places = places(parts, out.age());
        out.beginRecord();
        for (int i = 0; i < codecs.length; i++) {
            out.field(labels[i]);
            CompositeParts.Part part = places[i] < 0 ? CompositeParts.Part.ABSENT : parts.get(places[i]);
            if (part.length < 0) {
                out.absent();
            } else {
                out.present();
                if (text) {
                    codecs[i].text(part.bytes, part.offset, part.length, out);
                } else {
                    codecs[i].binary(part.bytes, part.offset, part.length, out);
                }
            }
        }
        out.endRecord();
    }

    /** The text form has no names, so that what looks like the type's fields is good enough. */
    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        boolean own = isOwn(in, offset, length);
        CompositeParts parts = CompositeParts.ofBinary(in, offset, length);
        int[] places = own ? inOrder : places(parts, out.age);
        out.append('(');
        for (int i = 0; i < codecs.length; i++) {
            out.append(i == 0 ? "" : ",");
            CompositeParts.Part part = places[i] < 0 ? CompositeParts.Part.ABSENT : parts.get(places[i]);
            if (part.length >= 0) {
                int mark = out.size();
                codecs[i].render(part.bytes, part.offset, part.length, out);
                Quoting.COMPOSITE.quote(out, mark);
            }
        }
        out.append(')');
    }

    /** Whether the row may be from before an attribute was dropped: then what looks like the type's fields may be others. */
    private boolean mayBeOlder(RowAge age) {
        if (age.xid != RowAge.NOW && !age.mustBeNow) {
            for (Type.Dropped dropped : type.dropped()) {
                if (dropped.isYoungerThan(age.xid)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Whether the value has the fields that the type has now. The binary form ({@code record_send}) is the number of
     * fields, and for each the OID of its declared type, its length and its bytes.
     */
    private boolean isOwn(byte[] in, int offset, int length) {
        Wire wire = new Wire("composite", in, offset, length);
        if (wire.int32() != codecs.length) {
            return false;
        }
        for (int oid : oids) {
            if (wire.int32() != oid) {
                return false;
            }
            wire.take(Math.max(0, wire.nullableLength()));
        }
        return true;
    }

    private int[] places(CompositeParts parts, RowAge age) {
        if (age.mustBeNow) {
            throw new OtherShape();
        }
        int[] places = EarlierShape.find(type, parts, age.xid);
        if (places.length < codecs.length) {
            throw new Unrepresentable(
                    "a composite value that is older than a change of its type, and may have had other"
                            + " attributes, type=" + type.schema() + "." + type.name() + shape() + " value=" + parts);
        }
        return places;
    }

    /** {@code (zip text, city text)}. */
    private String shape() {
        return type.fields().stream()
                .map(field -> field.name() + " " + TypeNames.format(field.type(), field.typeModifier()))
                .collect(Collectors.joining(", ", "(", ")"));
    }
}
