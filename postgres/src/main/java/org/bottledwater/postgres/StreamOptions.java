package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a replication stream is asked for.
 *
 * @param publications for pgoutput; without meaning for test_decoding
 * @param binary ask for values in binary where the server can: pgoutput from PostgreSQL 14 on
 * @param messages ask for those of {@code pg_logical_emit_message}: pgoutput from PostgreSQL 14 on, test_decoding always
 *     sends them
 * @param startLsn transactions that end before it are skipped; 0 for where the slot stands
 * @param serverVersion decides which options the server knows: an unknown one is refused
 * @param statusInterval how often the server hears from us and is asked to answer, well below its {@code
 *     wal_sender_timeout}
 * @param replyDeadline for how long it may not answer, several of those intervals
 * @param decodingMemory how much memory the server may decode in before it goes to its disk, in bytes, from PostgreSQL 13
 *     on; 0 for what its own {@code logical_decoding_work_mem} says
 */
public record StreamOptions(
        String slot,
        Plugin plugin,
        List<String> publications,
        boolean binary,
        boolean messages,
        long startLsn,
        int serverVersion,
        Duration statusInterval,
        Duration replyDeadline,
        long decodingMemory) {

    /** The first version that has {@code logical_decoding_work_mem}. */
    public static final int DECODING_MEMORY_SINCE = 130000;

    private static final long LEAST_KB = 64;

    record Option(String name, String value) {}

    public StreamOptions {
        Slots.requireValidName(slot);
        publications = List.copyOf(publications);
    }

    /** With as much memory as the server gives by itself. */
    public StreamOptions(
            String slot,
            Plugin plugin,
            List<String> publications,
            boolean binary,
            boolean messages,
            long startLsn,
            int serverVersion,
            Duration statusInterval,
            Duration replyDeadline) {
        this(slot, plugin, publications, binary, messages, startLsn, serverVersion, statusInterval, replyDeadline, 0);
    }

    /** The same from another position on. */
    public StreamOptions from(long lsn) {
        return new StreamOptions(
                slot,
                plugin,
                publications,
                binary,
                messages,
                lsn,
                serverVersion,
                statusInterval,
                replyDeadline,
                decodingMemory);
    }

    /** The same, with so many bytes of memory for the server to decode in. */
    public StreamOptions decodingIn(long bytes) {
        return new StreamOptions(
                slot,
                plugin,
                publications,
                binary,
                messages,
                startLsn,
                serverVersion,
                statusInterval,
                replyDeadline,
                bytes);
    }

    /** Tells the session that is to decode. */
    void giveMemory(Connection session) throws SQLException {
        if (decodingMemory > 0 && serverVersion >= DECODING_MEMORY_SINCE) {
            try (Statement statement = session.createStatement()) {
                statement.execute(
                        "SET logical_decoding_work_mem = '" + Math.max(LEAST_KB, decodingMemory / 1024) + "kB'");
            }
        }
    }

    /** The plugin's options, as they stand between the quotes of START_REPLICATION. */
    List<Option> pluginOptions() {
        List<Option> options = new ArrayList<>();
        if (plugin == Plugin.TEST_DECODING) {
            options.add(new Option("include-xids", "on"));
            options.add(new Option("include-timestamp", "on"));
            // It leaves out the BEGIN and COMMIT round messages, too, before PostgreSQL 16.
            options.add(new Option("skip-empty-xacts", messages ? "off" : "on"));
            return options;
        }
        options.add(new Option("proto_version", Integer.toString(protocolVersion())));
        // A list of identifiers within a string: both have their own quoting.
        String names = publications.stream().map(Sessions::identifier).collect(Collectors.joining(","));
        options.add(new Option("publication_names", names.replace("'", "''")));
        if (binary && serverVersion >= 140000) {
            options.add(new Option("binary", "true"));
        }
        if (messages && serverVersion >= 140000) {
            options.add(new Option("messages", "true"));
        }
        return options;
    }

    private int protocolVersion() {
        if (serverVersion >= 160000) {
            return 4;
        }
        if (serverVersion >= 150000) {
            return 3;
        }
        return serverVersion >= 140000 ? 2 : 1;
    }
}
