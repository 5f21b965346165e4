package org.bottledwater.pipeline.audit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.change.MalformedInputException;

/** Layouts by the names of a value's members. They do not tell types: values are compared as they are written. */
final class JsonLayouts extends Layouts {
    private final JsonSplitter splitter = new JsonSplitter();
    private final KeyHash hash = new KeyHash();
    private final Spans spans = new Spans();
    private final Map<Long, Layout> known = new HashMap<>();

    /** @param labels the names as JSON has them, in quotes */
    JsonLayouts(List<String> columns, List<String> labels) {
        super(columns, labels, 0);
    }

    @Override
    Optional<Layout> of(byte[] value) {
        try {
            splitter.split(value, spans);
        } catch (MalformedInputException e) {
            return Optional.empty();
        }
        long names = splitter.nameHash(hash);
        Layout found = known.get(names);
        if (found == null) {
            found = layout(aligned(splitter.names()));
            known.put(names, found);
        }
        return Optional.of(found);
    }

    private int[] aligned(List<String> names) {
        return Alignment.of(
                names.size(), fields().size(), (i, j) -> names.get(i).equals(fields().get(j)));
    }

    @Override
    void split(byte[] value, Spans into) {
        splitter.split(value, into);
    }

    @Override
    void splitRow(byte[] row, Spans into) {
        splitter.split(row, into);
    }

    @Override
    boolean areMet() {
        return true;
    }
}
