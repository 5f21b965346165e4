package org.bottledwater.pipeline.audit;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.bottledwater.avro.ChangeSchema;
import org.bottledwater.change.MalformedInputException;
import org.jspecify.annotations.Nullable;

/** Of envelopes in Avro: the row behind the id of the envelope's schema. */
final class AvroUnwrapping implements Unwrapping {
    /** In front of the row in the union that {@code after} is: zigzag of 1. */
    private static final byte PRESENT = 2;

    /** By id: how to cut an envelope, or nothing for a row. */
    private final Map<Integer, AvroSplitter> envelopes = new HashMap<>();

    private final Map<Integer, String> registered;
    private final Spans spans = new Spans();

    /** @param registered the subject's schemas by id */
    AvroUnwrapping(Map<Integer, String> registered) {
        this.registered = registered;
        rows(registered)
                .forEach((id, row) -> envelopes.put(
                        id, new AvroSplitter(new Schema.Parser().parse(registered.getOrDefault(id, "")))));
    }

    /** The schemas of the rows within those that are schemas of envelopes. */
    static Map<Integer, String> rows(Map<Integer, String> registered) {
        Map<Integer, String> rows = new HashMap<>();
        registered.forEach((id, text) -> {
            try {
                Schema schema = new Schema.Parser().parse(text);
                if (ChangeSchema.isEnvelope(schema)) {
                    rows.put(id, ChangeSchema.row(schema).toString());
                }
            } catch (AvroRuntimeException e) {
                // Somebody else's, and of another format; its messages are none of ours.
            }
        });
        return rows;
    }

    @Override
    public Form form(byte[] value) {
        if (value.length < AvroLayouts.START || value[0] != 0) {
            return Form.UNKNOWN;
        }
        int id = id(value);
        if (envelopes.containsKey(id)) {
            return Form.ENVELOPE;
        }
        return registered.containsKey(id) ? Form.ROW : Form.UNKNOWN;
    }

    private static int id(byte[] value) {
        return ByteBuffer.wrap(value).getInt(1);
    }

    @Override
    public byte @Nullable [] row(byte[] value) {
        AvroSplitter splitter = envelopes.get(id(value));
        if (splitter == null) {
            throw new MalformedInputException("not an envelope: schemaId=" + id(value));
        }
        splitter.split(value, AvroLayouts.START, spans);
        int from = spans.from(ChangeSchema.AFTER_POSITION);
        if (value[from] != PRESENT) {
            return null;
        }
        int length = spans.to(ChangeSchema.AFTER_POSITION) - from - 1;
        return ByteBuffer.allocate(AvroLayouts.START + length)
                .put(value, 0, AvroLayouts.START)
                .put(value, from + 1, length)
                .array();
    }
}
