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
    /** In front of the null and of the row in the union that {@code after} is: zigzag of 0 and of 1. */
    private static final byte GONE = 0;

    private static final byte PRESENT = 2;

    private final Map<Integer, Envelope> envelopes = new HashMap<>();
    private final Spans spans = new Spans();

    private record Envelope(AvroSplitter splitter, int after) {}

    /** @param registered the subject's schemas by id */
    AvroUnwrapping(Map<Integer, String> registered) {
        registered.forEach((id, text) -> {
            try {
                Schema schema = new Schema.Parser().parse(text);
                Schema unused = ChangeSchema.row(schema);
                int after = schema.getField(ChangeSchema.AFTER).pos();
                envelopes.put(id, new Envelope(new AvroSplitter(schema), after));
            } catch (AvroRuntimeException | IllegalArgumentException e) {
                // Somebody else's, or of rows without envelopes: its messages are none of ours.
            }
        });
    }

    /** The schemas of the rows within those that are schemas of envelopes. */
    static Map<Integer, String> rows(Map<Integer, String> registered) {
        Map<Integer, String> rows = new HashMap<>();
        registered.forEach((id, text) -> {
            try {
                rows.put(id, ChangeSchema.row(new Schema.Parser().parse(text)).toString());
            } catch (AvroRuntimeException | IllegalArgumentException e) {
                // As above.
            }
        });
        return rows;
    }

    @Override
    public byte @Nullable [] row(byte[] value) {
        Envelope envelope = value.length < AvroLayouts.START || value[0] != 0
                ? null
                : envelopes.get(ByteBuffer.wrap(value).getInt(1));
        if (envelope == null) {
            return value;
        }
        try {
            envelope.splitter.split(value, AvroLayouts.START, spans);
        } catch (MalformedInputException e) {
            return value;
        }
        int from = spans.from(envelope.after);
        if (value[from] == GONE) {
            return null;
        }
        if (value[from] != PRESENT) {
            return value;
        }
        int length = spans.to(envelope.after) - from - 1;
        return ByteBuffer.allocate(AvroLayouts.START + length)
                .put(value, 0, AvroLayouts.START)
                .put(value, from + 1, length)
                .array();
    }
}
