package org.bottledwater.avro;

import org.apache.avro.Schema;

/** A type whose values travel as the text that PostgreSQL prints. */
abstract class StringCodec extends Codec {
    @Override
    Schema schema(SchemaPath path) {
        return Schema.create(Schema.Type.STRING);
    }

    @Override
    void text(byte[] in, int offset, int length, ValueWriter out) {
        out.text(in, offset, length);
    }

    @Override
    void binary(byte[] in, int offset, int length, ValueWriter out) {
        render(in, offset, length, out.scratch.clear());
        out.textOfScratch();
    }

    @Override
    Codec asString() {
        return this;
    }
}
