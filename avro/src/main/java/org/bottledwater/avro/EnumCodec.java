package org.bottledwater.avro;

import java.util.List;
import org.apache.avro.Schema;

/** An enumerated type: a string rather than an Avro enum, whose symbols allow no spaces and no new ones to old readers. */
final class EnumCodec extends StringCodec {
    private final List<String> labels;

    EnumCodec(List<String> labels) {
        this.labels = labels;
    }

    @Override
    Schema schema(SchemaPath path) {
        Schema schema = super.schema(path);
        schema.addProp("pg.enum", labels);
        return schema;
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        out.text(in, offset, length);
    }

    @Override
    void render(byte[] in, int offset, int length, TextBuffer out) {
        out.append(in, offset, length);
    }

    @Override
    Codec asString() {
        return Texts.TEXT;
    }
}
