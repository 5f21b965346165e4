package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.postgres.Plugin;

/** What an older PostgreSQL cannot do for us, as far as somebody who runs it can act on it: docs/versions.md has it all. */
final class VersionLimits {
    private VersionLimits() {}

    /** A sentence each; none for the newest versions with pgoutput. */
    static List<String> of(int serverVersion, Plugin plugin) {
        List<String> limits = new ArrayList<>();
        if (plugin == Plugin.TEST_DECODING) {
            limits.add("messages have no headers pg.lsn and pg.time"
                    + (serverVersion < 100000
                            ? ": the plugin pgoutput, which tells them, comes with PostgreSQL 10"
                            : ": the plugin pgoutput tells them, test_decoding does not"));
        }
        if (serverVersion < 90600) {
            limits.add(
                    "a slot does not tell its position (9.6 does): do not advance or recreate it, nothing would notice");
        }
        if (serverVersion < 110000) {
            limits.add(
                    "the log does not tell of TRUNCATE (11 does): use DELETE if the rows are to go from the topics too");
        }
        if (serverVersion < 130000) {
            limits.add("a slot that nobody reads keeps the log without limit (13 has max_slot_wal_keep_size):"
                    + " run 'bottledwater drop' when you no longer want the copy");
        }
        if (serverVersion < 140000) {
            limits.add(
                    "each table is copied in one piece (14 reads ranges): one whose copy is interrupted begins anew");
        }
        return limits;
    }
}
