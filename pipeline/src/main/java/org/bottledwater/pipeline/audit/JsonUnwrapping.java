package org.bottledwater.pipeline.audit;

import java.util.Arrays;
import java.util.List;
import org.bottledwater.avro.ChangeSchema;
import org.bottledwater.change.MalformedInputException;
import org.jspecify.annotations.Nullable;

/** Of envelopes in JSON: the member {@code after}. */
final class JsonUnwrapping implements Unwrapping {
    private static final List<String> MEMBERS =
            ChangeSchema.FIELDS.stream().map(name -> '"' + name + '"').toList();

    private final JsonSplitter splitter = new JsonSplitter();
    private final Spans spans = new Spans();

    /** One that has been cut short, or is no object, is nobody's. */
    @Override
    public Form form(byte[] value) {
        try {
            splitter.split(value, spans);
        } catch (MalformedInputException e) {
            return Form.UNKNOWN;
        }
        boolean envelope = spans.count() == MEMBERS.size() && splitter.names().equals(MEMBERS);
        return envelope ? Form.ENVELOPE : Form.ROW;
    }

    @Override
    public byte @Nullable [] row(byte[] value) {
        splitter.split(value, spans);
        int from = spans.from(ChangeSchema.AFTER_POSITION);
        return value[from] == 'n' ? null : Arrays.copyOfRange(value, from, spans.to(ChangeSchema.AFTER_POSITION));
    }
}
