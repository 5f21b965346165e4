package org.bottledwater.pipeline.audit;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** Layouts by the schema's id, in front of each value (Confluent's wire format). */
final class AvroLayouts extends Layouts {
    /** A zero and the id. */
    static final int START = 5;

    private final AvroSplitter row;
    private final Map<Integer, Known> known = new HashMap<>();
    private @Nullable Known last;

    private record Known(int id, Layout layout, AvroSplitter splitter) {}

    /** @param registered the subject's schemas by id */
    AvroLayouts(List<String> columns, Schema present, Map<Integer, String> registered) {
        super(columns, present.getFields().stream().map(Schema.Field::name).toList(), START);
        this.row = new AvroSplitter(present);
        registered.forEach((id, text) -> {
            try {
                Schema schema = new Schema.Parser().parse(text);
                known.put(id, new Known(id, layout(aligned(schema, present)), new AvroSplitter(schema)));
            } catch (AvroRuntimeException e) {
                // Somebody else's, and of another format; its messages are none of ours.
            }
        });
    }

    private static int[] aligned(Schema older, Schema present) {
        List<Schema.Field> from = older.getFields();
        List<Schema.Field> to = present.getFields();
        return Alignment.of(from.size(), to.size(), (i, j) -> isSame(from.get(i), to.get(j)));
    }

    /** Another type may have come with another value (ALTER TABLE … TYPE … USING), also where Avro's type is the same. */
    private static boolean isSame(Schema.Field left, Schema.Field right) {
        return left.name().equals(right.name())
                && baseType(left).equals(baseType(right))
                && AvroSplitter.sameType(left.schema(), right.schema());
    }

    /** PostgreSQL's name of the type, without the modifiers. */
    private static String baseType(Schema.Field field) {
        String type = String.valueOf(field.getProp("pg.type"));
        return type.replaceAll("\\(.*?\\)", "");
    }

    private Optional<Known> known(byte[] value) {
        if (value.length < START || value[0] != 0) {
            return Optional.empty();
        }
        int id = ByteBuffer.wrap(value).getInt(1);
        Known found = last;
        if (found == null || found.id != id) {
            found = known.get(id);
            last = found;
        }
        return Optional.ofNullable(found);
    }

    @Override
    Optional<Layout> of(byte[] value) {
        return known(value).map(Known::layout);
    }

    @Override
    void split(byte[] value, Spans into) {
        known(value).orElseThrow().splitter.split(value, START, into);
    }

    @Override
    void splitRow(byte[] value, Spans into) {
        row.split(value, START, into);
    }

    @Override
    boolean areMet() {
        return false;
    }
}
