package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Chooses messages of which a header has one of these values.
 *
 * @param name of the header
 */
public record HeaderIn(String name, Set<String> values) implements Predicate<Headers> {
    public HeaderIn {
        values = Set.copyOf(values);
    }

    @Override
    public boolean test(Headers headers) {
        return values.contains(value(headers, name));
    }

    /** Empty if there is no such header. */
    static String value(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? "" : new String(header.value(), UTF_8);
    }
}
