package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Publications;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Table;

/** What {@link Check} finds of the tables that would be captured. */
final class TablesCheck {
    /** What a snapshot has been seen to read on two cores that the servers share with it (docs/how-it-works.md). */
    private static final long BYTES_PER_SECOND = 40L << 20;

    private final Settings settings;
    private final Postgres postgres;
    private final Inspection inspection;
    private final Findings findings;

    TablesCheck(Settings settings, Postgres postgres, Inspection inspection, Findings findings) {
        this.settings = settings;
        this.postgres = postgres;
        this.inspection = inspection;
        this.findings = findings;
    }

    void run(List<Table> tables, Optional<Slot> slot) {
        if (tables.isEmpty()) {
            findings.warn(
                    "no table would be captured: --tables=" + settings.tables(),
                    "look at the patterns; tables that are made later and fit them are captured");
        } else {
            volume(tables);
        }
        boolean keysAreRight = findings.passes(() -> Preflight.requireKeys(settings, tables));
        if (keysAreRight) {
            unkeyed(tables);
        }
        findings.passes(() -> Preflight.requireDistinctTopics(settings, tables));
        findings.passes(() -> Preflight.columns(settings, new Catalog(postgres), tables));
        findings.passes(() -> plugin(tables, keysAreRight ? tables : keyed(tables), slot));
        largeValues(tables);
        Set<TableName> ofExtensions = CapturedTables.ofExtensions(settings, new Catalog(postgres));
        if (!ofExtensions.isEmpty()) {
            findings.warn("left out, as they belong to extensions (one that --tables names is captured): "
                    + Names.some(ofExtensions));
        }
        new Catalog(postgres).leftOut().forEach((kind, names) -> {
            List<TableName> wanted =
                    names.stream().filter(settings.tables()::captures).toList();
            if (!wanted.isEmpty()) {
                findings.warn("left out, as the log holds nothing of them: " + kind + " " + Names.some(wanted));
            }
        });
    }

    private void volume(List<Table> tables) {
        Inspection.Volume volume = inspection.volume(tables);
        Duration copy = Duration.ofSeconds(volume.bytes() / BYTES_PER_SECOND + 1);
        findings.ok(tables.size() + (tables.size() == 1 ? " table, " : " tables, ") + Amounts.bytes(volume.bytes())
                + ", about " + Amounts.count(volume.rows()) + " rows: a snapshot takes some " + Amounts.time(copy)
                + " on two cores");
    }

    private void unkeyed(List<Table> tables) {
        List<TableName> unkeyed =
                tables.stream().filter(table -> !table.keyed()).map(Table::name).toList();
        if (unkeyed.isEmpty()) {
            findings.ok("every captured table has a key");
        } else {
            findings.warn("sent without key, and without their deletes: " + Names.some(unkeyed));
        }
    }

    private static List<Table> keyed(List<Table> tables) {
        return tables.stream().filter(Table::keyed).toList();
    }

    /** @param decisive what would be captured once the problems that were found are mended */
    private void plugin(List<Table> tables, List<Table> decisive, Optional<Slot> slot) {
        Plugin plugin = new PluginDecision(settings, postgres).of(slot, decisive);
        findings.ok("decoded by " + plugin.sqlName());
        VersionLimits.of(postgres.serverVersion(), plugin).forEach(findings::warn);
        if (plugin == Plugin.PGOUTPUT && settings.publication().isEmpty()) {
            publications(tables);
        }
    }

    private void publications(List<Table> tables) {
        Publications publications = new Publications(postgres, settings.slot());
        if (!findings.passes(() -> publications.requirePossible(tables))) {
            return;
        }
        if (publications.existing().size() == publications.names().size() || inspection.mayCreateInDatabase()) {
            findings.ok("the role may publish them: publications " + String.join(", ", publications.names()));
        } else {
            findings.problem(
                    "the role may not make publications in this database",
                    "GRANT CREATE ON DATABASE " + TableName.quote(postgres.database()) + " TO "
                            + TableName.quote(settings.postgres().user()) + ";");
        }
    }

    private void largeValues(List<Table> tables) {
        List<TableName> large = inspection.largeWithoutFullIdentity(tables);
        if (!large.isEmpty()) {
            findings.warn(
                    "large values that an update leaves as they were are read from the table: " + Names.some(large),
                    "to have them in the log instead:  ALTER TABLE "
                            + large.get(0).quoted() + " REPLICA IDENTITY FULL;  (more log for each update)");
        }
    }
}
