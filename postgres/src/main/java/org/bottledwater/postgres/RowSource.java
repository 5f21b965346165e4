package org.bottledwater.postgres;

import java.util.Map;
import java.util.Optional;

/**
 * What is known of the tables whose rows are fetched.
 *
 * @param slot whose changes are delivered: what the catalog has had for longer than the slot needs it was there before all of them
 * @param byName whether the log tells a table by its name only (test_decoding), so that its OID may be that of another one
 * @param parts what of each table, by OID, the user's publication has; nothing where all of it is published
 */
public record RowSource(String slot, boolean byName, Optional<Map<Integer, PublishedPart>> parts) {
    static final RowSource UNKNOWN = new RowSource("", false, Optional.empty());

    /** Whether the log has all columns of the table, except maybe for generated ones. */
    boolean isWhole(int oid) {
        return parts.isEmpty()
                || Optional.ofNullable(parts.get().get(oid))
                        .filter(part -> part.columns().isEmpty())
                        .isPresent();
    }

    /** A condition that rows of the table must meet to be published, or empty. */
    String filter(int oid) {
        return parts.flatMap(all -> Optional.ofNullable(all.get(oid)))
                .map(PublishedPart::filter)
                .orElse("");
    }
}
