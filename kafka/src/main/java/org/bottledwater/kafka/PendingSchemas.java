package org.bottledwater.kafka;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a registry that was unavailable has still to be asked, kept from one attempt of a run to the next: an attempt asks
 * for that first, before it makes the database decode anything. Thread-safe.
 */
public final class PendingSchemas {
    /** Each of a run's threads waits for one. */
    private static final int MAX = 100;

    private final Map<Subject, Boolean> pending = new LinkedHashMap<>();
    private final Map<Subject, Integer> ids = new LinkedHashMap<>();

    record Subject(String name, String schema) {}

    synchronized void add(Subject subject) {
        if (pending.size() < MAX) {
            pending.put(subject, true);
        }
    }

    synchronized void done(Subject subject) {
        pending.remove(subject);
    }

    synchronized Optional<Subject> first() {
        return pending.keySet().stream().findFirst();
    }

    /**
     * A registry with a limit of requests is the same one at the next attempt, which would never be done if it began with the
     * first schema again.
     */
    synchronized void keep(Map<Subject, Integer> known) {
        ids.putAll(known);
    }

    /** What was kept; once, as after another outage it may be another registry. */
    synchronized Map<Subject, Integer> takeIds() {
        Map<Subject, Integer> taken = Map.copyOf(ids);
        ids.clear();
        return taken;
    }
}
