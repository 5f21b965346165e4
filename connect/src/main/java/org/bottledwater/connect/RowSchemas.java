package org.bottledwater.connect;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.bottledwater.kafka.Schemas;

/** The schemas of the rows of a task, numbered as they come: what a registry is where the rows leave as Avro. Thread-safe. */
final class RowSchemas implements Schemas {
    private final TimePrecision precision;
    private final Map<String, Integer> ids = new ConcurrentHashMap<>();
    private final List<RowReader> readers = new CopyOnWriteArrayList<>();

    RowSchemas(TimePrecision precision) {
        this.precision = precision;
    }

    @Override
    public synchronized int register(String subject, String schema) {
        return ids.computeIfAbsent(schema, text -> {
            readers.add(RowReader.of(text, precision));
            return readers.size() - 1;
        });
    }

    RowReader reader(int id) {
        return readers.get(id);
    }
}
