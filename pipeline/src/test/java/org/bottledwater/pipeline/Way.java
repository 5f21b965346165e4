package org.bottledwater.pipeline;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** One of the ways in which the log can be read: a major version of PostgreSQL and a plugin that it has. */
record Way(String major, PluginChoice plugin) {
    /** The oldest, the newest and one between them; the Maven profile {@code matrix} names every major. */
    private static final String MAJORS = System.getProperty("bottledwater.majors", "9.5,15,18");

    static List<Way> all() {
        List<Way> ways = new ArrayList<>();
        for (String major : MAJORS.split(",", -1)) {
            Way oldest = new Way(major, PluginChoice.TEST_DECODING);
            if (oldest.has(10)) {
                ways.add(new Way(major, PluginChoice.PGOUTPUT));
            }
            ways.add(oldest);
        }
        return ways;
    }

    /** Whether the server is of this major or a later one. */
    boolean has(int since) {
        return Double.parseDouble(major) >= since;
    }

    TestBed bed() throws SQLException {
        return TestBed.on(major);
    }

    SettingsBuilder settings(TestBed bed) {
        return new SettingsBuilder(bed.settings()).plugin(plugin);
    }

    @Override
    public String toString() {
        return major + " " + plugin;
    }
}
