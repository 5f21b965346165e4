package org.bottledwater.pipeline.audit;

import java.util.Arrays;
import org.bottledwater.avro.ChangeSchema;
import org.bottledwater.change.MalformedInputException;
import org.jspecify.annotations.Nullable;

/** Of envelopes in JSON: the member {@code after}. */
final class JsonUnwrapping implements Unwrapping {
    private static final String AFTER = '"' + ChangeSchema.AFTER + '"';
    private static final String OPERATION = '"' + ChangeSchema.OPERATION + '"';

    private final JsonSplitter splitter = new JsonSplitter();
    private final Spans spans = new Spans();

    @Override
    public byte @Nullable [] row(byte[] value) {
        try {
            splitter.split(value, spans);
        } catch (MalformedInputException e) {
            return value;
        }
        int after = splitter.names().indexOf(AFTER);
        if (after < 0 || !splitter.names().contains(OPERATION)) {
            return value;
        }
        int from = spans.from(after);
        return value[from] == 'n' ? null : Arrays.copyOfRange(value, from, spans.to(after));
    }
}
