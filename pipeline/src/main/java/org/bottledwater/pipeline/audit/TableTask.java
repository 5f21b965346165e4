package org.bottledwater.pipeline.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.kafka.TableProgress;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.audit.Difference.Kind;
import org.bottledwater.pipeline.audit.TableAudit.Verdict;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Table;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit of one unit over several looks, each under a cut of its own. What looks wrong is looked at again: what is
 * wrong then, too, and was not touched meanwhile, is wrong. One thread at a time.
 */
final class TableTask {
    private static final Logger log = LoggerFactory.getLogger(TableTask.class);

    /** Looks after the first; a key that changes in each of them cannot be judged. */
    private static final int LOOKS_MAX = 8;

    private final Settings settings;
    private final AuditSettings how;
    private final Encoding encoding;
    private final Optional<Repairer> repairer;
    private final Case.KeyNames keyNames;
    private final Executor readers;
    private final Tally tally;

    private final Counts counts = new Counts();
    private final List<Difference> differences = new ArrayList<>();
    private final Map<Suspects.Key, Kind> mended = new HashMap<>();
    private Optional<FirstLook.Seen> seen = Optional.empty();
    private Set<Suspects.Key> open = Set.of();
    private int looks;
    private long healed;
    private long unjudged;
    private long repaired;

    TableTask(
            Settings settings,
            AuditSettings how,
            Encoding encoding,
            Optional<Repairer> repairer,
            Case.KeyNames keyNames,
            Executor readers,
            Tally tally) {
        this.settings = settings;
        this.how = how;
        this.encoding = encoding;
        this.repairer = repairer;
        this.keyNames = keyNames;
        this.readers = readers;
        this.tally = tally;
    }

    /** One look more. Returns what was found, or nothing if yet another one is needed. */
    Optional<TableAudit> step(Unit unit, Cut cut) {
        if (!unit.isKeyed()) {
            return Optional.of(TableAudit.without(
                    unit, Verdict.NOT_AUDITED, "without a key there is no telling which message is which row's"));
        }
        looks++;
        boolean last = looks > LOOKS_MAX;
        if (!isCopied(unit, cut)) {
            return last
                    ? Optional.of(TableAudit.without(
                            unit, Verdict.UNSETTLED, "its rows are not all in Kafka yet: audit again when they are"))
                    : Optional.empty();
        }
        try {
            if (seen.isEmpty()) {
                first(unit, cut);
            } else {
                again(unit, cut);
            }
        } catch (ConnectionException e) {
            log.debug("{} is looked at again", unit.name(), e);
            return last
                    ? Optional.of(TableAudit.without(
                            unit, Verdict.UNSETTLED, "it could not be read as a whole: " + e.getMessage()))
                    : Optional.empty();
        }
        return open.isEmpty() || last ? Optional.of(result(unit)) : Optional.empty();
    }

    private static boolean isCopied(Unit unit, Cut cut) {
        return unit.parts().stream().allMatch(table -> isCopied(table, cut));
    }

    /** A table that was created since, and that nobody has written to, is known of with test_decoding by its first row. */
    private static boolean isCopied(Table table, Cut cut) {
        boolean comesByItself = cut.checkpoint()
                .checkpoint()
                .filter(last -> last.plugin().equals(Plugin.TEST_DECODING.sqlName()))
                .isPresent();
        return progress(table, cut)
                .map(progress -> progress.complete() && progress.oid() == table.oid())
                .orElse(comesByItself);
    }

    private static Optional<TableProgress> progress(Table table, Cut cut) {
        return Optional.ofNullable(cut.checkpoint().tables().get(table.knownAs()));
    }

    private void first(Unit unit, Cut cut) {
        boolean wasCopied = unit.parts().stream()
                .allMatch(table -> progress(table, cut)
                        .filter(progress -> progress.lsn() != 0)
                        .isPresent());
        FirstLook.Seen now = new FirstLook(settings, how, encoding, readers, tally, cut, unit, wasCopied).look();
        seen = Optional.of(now);
        unjudged = now.unjudged();
        open = new HashSet<>(now.suspects().keys().keySet());
    }

    private void again(Unit unit, Cut cut) {
        List<Case> wrong = new ArrayList<>();
        Set<Suspects.Key> next = new HashSet<>();
        new SecondLook(settings, encoding, tally, cut, unit).look(open, how.repair(), (key, found, judgement) -> {
            switch (judgement.verdict()) {
                case RIGHT -> right(key);
                case UNREPRESENTABLE -> unjudged++;
                case UNSETTLED -> next.add(key);
                case WRONG -> {
                    Kind kind = judgement.kind().orElseThrow();
                    if (!mended.containsKey(key)) {
                        wrong(key, kind, found, judgement.columns());
                    }
                    if (repairer.isPresent()) {
                        wrong.add(found);
                        next.add(key);
                    }
                }
            }
        });
        if (!wrong.isEmpty()) {
            repairer.orElseThrow().repair(unit, cut, wrong);
        }
        open = next;
    }

    private void wrong(Suspects.Key key, Kind kind, Case found, List<String> columns) {
        count(key, kind);
        if (differences.size() < how.samples()) {
            differences.add(new Difference(kind, found.keyText(keyNames), columns));
        }
    }

    private void count(Suspects.Key key, Kind kind) {
        counts.add(kind);
        mended.put(key, kind);
    }

    private void right(Suspects.Key key) {
        if (mended.containsKey(key)) {
            repaired++;
        } else {
            healed++;
        }
    }

    private TableAudit result(Unit unit) {
        FirstLook.Seen first = seen.orElseThrow();
        // Of those that were looked at once only, nothing is known if others turned out to be right.
        boolean believed = healed == 0;
        long missing = counts.of(Kind.MISSING) + (believed ? first.suspects().left(Kind.MISSING) : 0);
        long extra = counts.of(Kind.EXTRA) + (believed ? first.suspects().left(Kind.EXTRA) : 0);
        long different =
                counts.of(Kind.DIFFERENT) + (believed ? first.suspects().left(Kind.DIFFERENT) : 0);
        long wrong = missing + extra + different;
        long unsettled = open.stream().filter(key -> !mended.containsKey(key)).count()
                + (believed ? 0 : first.suspects().left());
        Verdict verdict = wrong > repaired ? Verdict.DIFFERENT : unsettled > 0 ? Verdict.UNSETTLED : Verdict.SAME;
        return new TableAudit(
                unit.name(),
                unit.topic(),
                verdict,
                first.rows(),
                missing,
                extra,
                different,
                repaired,
                unjudged,
                unsettled,
                healed,
                differences,
                remark(first, unsettled));
    }

    private String remark(FirstLook.Seen first, long unsettled) {
        List<String> remarks = new ArrayList<>();
        if (unsettled > 0) {
            remarks.add(unsettled
                    + " keys changed in each look, or were too large to be compared: audit again when it is quieter");
        }
        if (unjudged > 0) {
            remarks.add(unjudged + " rows have values that messages cannot hold, or were not copied on purpose");
        }
        if (!first.suspects().isWhole()) {
            remarks.add("more than " + Suspects.MAX + " keys differ: only those were looked at twice"
                    + (how.repair() ? " and repaired; run it again for the others" : ""));
        }
        return String.join("; ", remarks);
    }
}
