package org.bottledwater.sandbox;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What kind of PostgreSQL to start.
 *
 * @param major 18, 15, 12 or 9.5; with the Maven profile {@code matrix} each one between them as well
 * @param settings lines of {@code postgresql.conf}, values unquoted
 * @param hba lines of {@code pg_hba.conf} that come before those that trust everyone
 * @param environment variables of the server on top of ours
 */
public record PostgresOptions(
        String major, Map<String, String> settings, List<String> hba, Map<String, String> environment) {

    public PostgresOptions {
        settings = Map.copyOf(settings);
        hba = List.copyOf(hba);
        environment = Map.copyOf(environment);
    }

    public static PostgresOptions of(String major) {
        return new PostgresOptions(major, Map.of(), List.of(), Map.of());
    }

    public PostgresOptions with(String setting, String value) {
        Map<String, String> more = new LinkedHashMap<>(settings);
        more.put(setting, value);
        return new PostgresOptions(major, more, hba, environment);
    }

    /** For example {@code host all alice 127.0.0.1/32 md5}. */
    public PostgresOptions withHba(String line) {
        List<String> more = new ArrayList<>(hba);
        more.add(line);
        return new PostgresOptions(major, settings, more, environment);
    }

    public PostgresOptions withEnvironment(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(environment);
        more.put(name, value);
        return new PostgresOptions(major, settings, hba, more);
    }
}
