package org.bottledwater.postgres;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.change.Lsn;

/**
 * Which history a server's log is (manual, "Timelines"). The number goes up when a standby is promoted and when a backup
 * is recovered; what came before is shared with the server that it branched off from, up to a position.
 *
 * @param id of what is written now
 * @param past where this history left earlier timelines, as far as the server knows
 */
public record Timeline(int id, List<Branch> past) {

    /** The log of timeline {@code id} is part of this history up to {@code end}. */
    public record Branch(int id, long end) {}

    public Timeline {
        past = List.copyOf(past);
    }

    /** Reads the answer of {@code TIMELINE_HISTORY}: a line each, number, position and reason between tabs. */
    static Timeline of(int id, String history) {
        List<Branch> past = new ArrayList<>();
        for (String line : history.split("\n", -1)) {
            String[] words = line.strip().split("\\s+", 3);
            if (words.length >= 2 && !words[0].startsWith("#")) {
                past.add(new Branch(Integer.parseInt(words[0]), Lsn.parse(words[1])));
            }
        }
        return new Timeline(id, past);
    }

    /** Whether what {@code timeline} had before {@code lsn} is in this history too. */
    public boolean holds(int timeline, long lsn) {
        return timeline == id
                || past.stream().anyMatch(branch -> branch.id() == timeline && !Lsn.isBefore(branch.end(), lsn));
    }
}
