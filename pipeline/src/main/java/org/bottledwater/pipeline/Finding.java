package org.bottledwater.pipeline;

import java.util.List;

/**
 * Something that {@link Check} has found.
 *
 * @param text what is so, in a sentence without a full stop
 * @param mend how to change it: statements, settings or commands, a line each; none where nothing is wrong
 */
public record Finding(Group group, Level level, String text, List<String> mend) {
    /** What it is about. */
    public enum Group {
        SERVER("Server"),
        PRIVILEGES("Privileges"),
        REPLICATION("Replication"),
        TABLES("Tables"),
        KAFKA("Kafka"),
        REGISTRY("Schema registry");

        private final String title;

        Group(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }
    }

    /** How bad it is. */
    public enum Level {
        /** As it should be. */
        OK,
        /** A run would work; somebody may want to know. */
        WARNING,
        /** A run would fail. */
        PROBLEM
    }
}
