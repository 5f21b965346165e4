package org.bottledwater.pipeline.audit;

import java.util.HashMap;
import java.util.Map;
import org.bottledwater.avro.KeyText;
import org.bottledwater.kafka.TopicScan;
import org.bottledwater.pipeline.Settings;
import org.jspecify.annotations.Nullable;

/** Reads a unit again, under a newer cut, for the sake of the keys that looked wrong, and keeps all of theirs. */
final class SecondLook {
    /** What rows and messages may take. */
    private static final long BYTES_MAX = 16L << 20;

    private final Settings settings;
    private final Encoding encoding;
    private final Tally tally;
    private final Cut cut;
    private final Unit unit;
    private final Map<Suspects.Key, Case> cases = new HashMap<>();
    private final KeyHash hash = new KeyHash();
    private long bytes;
    private @Nullable Case firstCounted;

    SecondLook(Settings settings, Encoding encoding, Tally tally, Cut cut, Unit unit) {
        this.settings = settings;
        this.encoding = encoding;
        this.tally = tally;
        this.cut = cut;
        this.unit = unit;
    }

    /** Judges each of the keys. */
    @FunctionalInterface
    interface Judge {
        void judge(Suspects.Key key, Case found, Case.Judgement judgement);
    }

    /** @param repair whether rows are to be encoded so that they can be sent */
    void look(Iterable<Suspects.Key> keys, boolean repair, Judge judge) {
        keys.forEach(key -> cases.put(key, new Case()));
        Map<Integer, String> registered = encoding.registered(unit.topic());
        try (UnitRows table = UnitRows.open(settings, cut, unit)) {
            UnitRows.SchemaIds ids = repair
                    ? encoding.register(table.relation(), unit.topic())
                    : encoding.keys(table.relation(), unit.topic());
            readTable(table, ids);
            readTopic(encoding.unwrapping(unit.topic(), registered));
            Layouts layouts = encoding.layouts(table.relation(), registered);
            cases.forEach((key, found) -> judge.judge(key, found, found.judge(layouts)));
        }
    }

    private void readTable(UnitRows table, UnitRows.SchemaIds ids) {
        table.read(ids, (key, value, relation, row) -> {
            tally.rows.increment();
            Case found = key == null ? null : cases.get(key(key));
            if (key != null && found != null) {
                int before = found.size();
                found.row(key, value, KeyText.of(relation, row));
                count(found, before);
            }
        });
    }

    private void readTopic(Unwrapping rows) {
        try (TopicScan scan = TopicScan.committed(settings.kafka(), unit.topic(), cut.end(unit))) {
            scan.read((place, key, value, headers) -> {
                tally.messages.increment();
                Case found = cases.get(key(key));
                if (found == null) {
                    return;
                }
                boolean wasBefore = cut.wasBefore(unit, place);
                Cut.Part part = cut.part(wasBefore, headers);
                if (part != Cut.Part.OF_IT) {
                    found.touch();
                }
                if (part != Cut.Part.LATER) {
                    int before = found.size();
                    found.message(place, key, value == null ? null : rows.row(value), wasBefore, headers);
                    count(found, before);
                }
            });
        }
    }

    private Suspects.Key key(byte[] key) {
        hash.of(key, 0, key.length);
        return new Suspects.Key(hash.high(), hash.low());
    }

    /** Those without room are left to the next look; one always has it. */
    private void count(Case found, int before) {
        bytes += found.size() - before;
        Case first = firstCounted == null ? found : firstCounted;
        firstCounted = first;
        if (bytes > BYTES_MAX && !found.equals(first)) {
            bytes -= found.size();
            found.skip();
        }
    }
}
