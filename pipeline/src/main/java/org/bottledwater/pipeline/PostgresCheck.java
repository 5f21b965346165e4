package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.Finding.Group;
import org.bottledwater.postgres.Inspection;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.Table;

/** What {@link Check} finds on the database's side. */
final class PostgresCheck {
    private static final Duration LONG_TRANSACTION = Duration.ofMinutes(1);

    /** The role that stands for the attribute REPLICATION on Amazon RDS and Aurora. */
    private static final String RDS_ROLE = "rds_replication";

    private final Settings settings;
    private final Postgres postgres;
    private final Inspection inspection;
    private final Consumer<Finding> listener;

    PostgresCheck(Settings settings, Postgres postgres, Consumer<Finding> listener) {
        this.settings = settings;
        this.postgres = postgres;
        this.inspection = new Inspection(postgres);
        this.listener = listener;
    }

    /** The tables that a run would capture, and whether the role may replicate. */
    record Result(List<Table> tables, boolean replicates) {}

    Result run() {
        server(findings(Group.SERVER));
        List<Table> tables = captured();
        boolean replicates = privileges(findings(Group.PRIVILEGES), tables);
        Findings replication = findings(Group.REPLICATION);
        Optional<Slot> slot = new Slots(postgres).find(settings.slot());
        replication.passes(() -> replication(replication, slot));
        new TablesCheck(settings, postgres, inspection, findings(Group.TABLES)).run(tables, slot);
        return new Result(tables, replicates);
    }

    private List<Table> captured() {
        List<Table> tables = new ArrayList<>();
        findings(Group.TABLES).passes(() -> {
            tables.addAll(CapturedTables.of(settings, postgres));
        });
        return List.copyOf(tables);
    }

    private Findings findings(Group group) {
        return new Findings(group, listener);
    }

    private void server(Findings findings) {
        findings.passes(() -> {
            Preflight.server(postgres);
            return "PostgreSQL " + postgres.serverVersionText() + ", database " + postgres.database()
                    + ", wal_level=logical";
        });
        if (!inspection.canLimitWal()) {
            findings.warn("a slot that nobody reads keeps the log without limit: max_slot_wal_keep_size comes with"
                    + " PostgreSQL 13");
        } else if (inspection.keepsWalWithoutLimit()) {
            findings.warn(
                    "a slot that nobody reads keeps the log until the disk is full: max_slot_wal_keep_size=-1",
                    "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();");
        } else {
            findings.ok("max_slot_wal_keep_size=" + postgres.setting("max_slot_wal_keep_size"));
        }
        settings.slotPolicy().walLimit().ifPresent(limit -> {
            long own = inspection.walKeepLimitBytes();
            if (own >= 0 && own <= limit.bytes()) {
                findings.warn(
                        "--max-retained-wal=" + Amounts.bytes(limit.bytes())
                                + " is never reached: the server takes the slot's log away earlier,"
                                + " max_slot_wal_keep_size=" + postgres.setting("max_slot_wal_keep_size"),
                        "give a smaller --max-retained-wal");
            }
        });
    }

    private boolean privileges(Findings findings, List<Table> tables) {
        String role = TableName.quote(settings.postgres().user());
        // A session of the kind that a run opens says more than the attributes of the role, on managed services too.
        boolean replicates = findings.passes(() -> {
            String system = postgres.systemIdentifier();
            return "the role may replicate: user=" + settings.postgres().user() + " system=" + system;
        });
        if (!replicates && inspection.lacksRole(RDS_ROLE)) {
            findings.warn(
                    "on this managed service the right to replicate is a role",
                    "GRANT " + RDS_ROLE + " TO " + role + ";");
        }
        if (findings.passes(() -> Preflight.requireReadable(settings.postgres().user(), tables))) {
            findings.ok("the role may read every captured table");
        }
        List<TableName> hidden = inspection.rowSecurity(tables);
        if (!hidden.isEmpty()) {
            findings.problem(
                    "row-level security hides rows from this role: " + Names.some(hidden),
                    "ALTER ROLE " + role + " BYPASSRLS;",
                    "or leave them out with --tables");
        }
        return replicates;
    }

    private void replication(Findings findings, Optional<Slot> slot) {
        if (settings.slotPolicy().failover()) {
            findings.passes(() -> failover(findings, slot));
        }
        if (slot.isPresent()) {
            slot(findings, slot.get());
        } else {
            room(findings, "replication slot", "max_replication_slots", inspection.slots());
            openTransactions(findings);
        }
        if (slot.isEmpty() || !slot.get().active()) {
            room(findings, "walsender", "max_wal_senders", inspection.walSenders());
        }
    }

    private void slot(Findings findings, Slot slot) {
        String name = "slot " + slot.name();
        if (slot.plugin().isEmpty()) {
            findings.problem(name + " is a physical one", "choose another --slot");
            return;
        }
        Plugin.of(slot);
        long kept = Math.max(0, postgres.currentWalLsn() - slot.restartLsn());
        String text =
                name + " is there, plugin=" + slot.plugin() + ", and keeps " + Amounts.bytes(kept) + " of the log";
        if (slot.active()) {
            findings.warn(text + "; it is in use by process " + slot.activePid()
                    + " of the server: another instance is running");
        } else {
            findings.ok(text);
        }
        settings.slotPolicy()
                .walLimit()
                .filter(limit -> kept > limit.bytes())
                .ifPresent(limit -> findings.warn(name + " keeps more than --max-retained-wal="
                        + Amounts.bytes(limit.bytes()) + " already: "
                        + (limit.action() == OnMaxWal.WARN
                                ? "a run would say so"
                                : "a run ends that does not catch up, within " + Amounts.time(limit.patience()))));
    }

    private void failover(Findings findings, Optional<Slot> slot) {
        new Slots(postgres).requireFailover();
        if (slot.isPresent() && !slot.get().failover()) {
            findings.warn("slot " + slot.get().name() + " is no failover slot: a run makes it one");
        }
        String awaited = postgres.setting("synchronized_standby_slots");
        if (awaited.isEmpty()) {
            findings.warn(
                    "a standby that takes over may lack what was copied already: synchronized_standby_slots is empty",
                    "ALTER SYSTEM SET synchronized_standby_slots = 'the standby''s primary_slot_name';"
                            + " SELECT pg_reload_conf();");
        } else {
            findings.ok("nothing is copied before the standbys have it: synchronized_standby_slots=" + awaited);
        }
    }

    private void room(Findings findings, String what, String setting, Inspection.Use use) {
        String text = use.used() + " of " + use.limit() + " " + what + "s are in use";
        if (use.isFull()) {
            findings.problem(
                    "there is no free " + what + ": " + text,
                    "ALTER SYSTEM SET " + setting + " = " + (use.limit() + 5) + ";  then restart PostgreSQL");
        } else {
            findings.ok(text);
        }
    }

    private void openTransactions(Findings findings) {
        for (Inspection.OpenTransaction open : inspection.openTransactions(LONG_TRANSACTION)) {
            String who = open.pid() == 0
                    ? "prepared transaction " + open.name()
                    : "process " + open.pid() + " (" + open.name() + ")";
            findings.warn(
                    "making the slot will wait for a transaction that is open since " + open.ageSeconds() + " s: "
                            + who,
                    open.pid() == 0
                            ? "COMMIT PREPARED or ROLLBACK PREPARED " + "'"
                                    + open.name().replace("'", "''") + "'" + ";"
                            : "wait for it, or SELECT pg_terminate_backend(" + open.pid() + ");");
        }
    }
}
