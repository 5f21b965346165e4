package org.bottledwater.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code name=value}. */
final class Settings {
    private Settings() {}

    static Map<String, String> parse(List<String> lines) {
        Map<String, String> settings = new LinkedHashMap<>();
        for (String line : lines) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw new BenchException("not name=value: " + line);
            }
            settings.put(line.substring(0, equals), line.substring(equals + 1));
        }
        return settings;
    }
}
