package org.bottledwater.avro;

import java.util.ArrayList;
import java.util.List;
import org.apache.avro.Schema;
import org.bottledwater.change.Type;

/** A composite type (manual, "Composite Types"): a record with nullable fields. */
final class CompositeCodec extends Codec {
    private final Type.Composite type;
    private final Codec[] codecs;
    private final byte[][] labels;

    CompositeCodec(Type.Composite type, List<Codec> codecs) {
        this.type = type;
        this.codecs = codecs.toArray(Codec[]::new);
        this.labels = type.fields().stream()
                .map(field -> JsonWriter.label(field.name()))
                .toArray(byte[][]::new);
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
    void text(byte[] in, int offset, int length, ValueWriter out) {
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

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        Wire wire = fields(in, offset, length);
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

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        Wire wire = fields(in, offset, length);
        out.append('(');
        for (int i = 0; i < codecs.length; i++) {
            out.append(i == 0 ? "" : ",");
            wire.take(4);
            int bytes = wire.nullableLength();
            if (bytes >= 0) {
                int mark = out.size();
                codecs[i].render(in, wire.take(bytes), bytes, out);
                Quoting.COMPOSITE.quote(out, mark);
            }
        }
        wire.finish();
        out.append(')');
    }

    /** The binary form is the number of fields, and for each the OID of its type, its length and its bytes. */
    private Wire fields(byte[] in, int offset, int length) {
        Wire wire = new Wire("composite", in, offset, length);
        int count = wire.int32();
        if (count != codecs.length) {
            throw wire.malformed("other number of fields than the type has, type=" + type.name() + " expected="
                    + codecs.length + " count=" + count);
        }
        return wire;
    }
}
