package org.bottledwater.postgres;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds, makes and drops replication slots. */
public final class Slots {
    private static final Logger log = LoggerFactory.getLogger(Slots.class);
    private static final Pattern VALID = Pattern.compile("[a-z0-9_]{1,63}");

    /** How long a slot may look used after its user has left: the server notices a closed connection with delay. */
    private static final Duration RELEASE = Duration.ofSeconds(10);

    /** The first version whose standbys can keep a copy of a slot. */
    private static final int FAILOVER = 170000;

    private final Postgres postgres;

    public Slots(Postgres postgres) {
        this.postgres = postgres;
    }

    /** @return {@code name} */
    public static String requireValidName(String name) {
        if (!VALID.matcher(name).matches()) {
            throw new ConfigurationException("slot: not a name that PostgreSQL takes, slot=" + name
                    + ". Use 1 to 63 lower-case letters, digits and underscores");
        }
        return name;
    }

    /** A slot that is read in stretches ({@link BacklogReader}) is active between them, too. */
    public Optional<Slot> find(String name) {
        int version = postgres.serverVersion();
        String holder = SlotHold.holder(version, name);
        String sql = "SELECT slot_name, coalesce(plugin, ''), coalesce(database, ''), active OR " + holder
                + " IS NOT NULL, "
                + (version >= 90500 ? "coalesce(active_pid, " + holder + ", 0)" : "0")
                + ", coalesce(restart_lsn::text, '0/0'), "
                + (version >= 90600 ? "coalesce(confirmed_flush_lsn::text, '0/0')" : "'0/0'::text")
                + ", "
                + (version >= 130000 ? "coalesce(wal_status, '')" : "''::text")
                + ", "
                + (version >= FAILOVER ? "failover, coalesce(invalidation_reason, '')" : "false, ''::text")
                + " FROM pg_replication_slots WHERE slot_name = ?";
        try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
            statement.setString(1, requireValidName(name));
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(slot(row)) : Optional.empty();
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "slot: cannot be looked up, slot=" + name);
        }
    }

    private static Slot slot(ResultSet row) throws SQLException {
        return new Slot(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                row.getBoolean(4),
                row.getInt(5),
                Lsn.parse(row.getString(6)),
                Lsn.parse(row.getString(7)),
                row.getString(8),
                row.getBoolean(9),
                row.getString(10));
    }

    private String reader(String name) {
        return " FROM pg_replication_slots s JOIN pg_stat_activity a ON a.pid = coalesce(s.active_pid, "
                + SlotHold.holder(postgres.serverVersion(), name) + ") WHERE s.slot_name = ? AND a.pid = ?";
    }

    /** As the other, one of which standbys keep no copy. */
    public SlotCreation create(String name, Plugin plugin) {
        return create(name, plugin, false);
    }

    /** The process, if it is this one that reads the slot; nothing before PostgreSQL 9.5, which does not say. */
    public Optional<SlotReader> reader(String name, int pid) {
        if (postgres.serverVersion() < 90500) {
            return Optional.empty();
        }
        try (PreparedStatement statement =
                postgres.jdbc().prepareStatement("SELECT a.pid, a.backend_start::text" + reader(name))) {
            statement.setString(1, requireValidName(name));
            statement.setInt(2, pid);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(new SlotReader(row.getInt(1), row.getString(2))) : Optional.empty();
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "slot: its reader cannot be looked up, slot=" + name);
        }
    }

    /** Ends the process if it still reads the slot. Returns whether it did. */
    public boolean terminate(String name, SlotReader reader) {
        try (PreparedStatement statement = postgres.jdbc()
                .prepareStatement(
                        "SELECT pg_terminate_backend(a.pid)" + reader(name) + " AND a.backend_start::text = ?")) {
            statement.setString(1, requireValidName(name));
            statement.setInt(2, reader.pid());
            statement.setString(3, reader.started());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "slot: its reader cannot be ended, slot=" + name + " pid=" + reader.pid());
        }
    }

    /**
     * Makes a slot and exports a snapshot of its consistent point. Waits until every transaction that is running has
     * ended, and says in the log which; interrupting the thread ends the wait with an exception.
     *
     * @param failover whether standbys are to keep a copy of it
     */
    public SlotCreation create(String name, Plugin plugin, boolean failover) {
        requireValidName(name);
        if (failover) {
            requireFailover();
        }
        if (plugin == Plugin.PGOUTPUT && postgres.serverVersion() < 100000) {
            throw new ConfigurationException("slot: pgoutput needs PostgreSQL 10, server="
                    + postgres.serverVersionText() + ". Use --plugin=test_decoding");
        }
        while (true) {
            Optional<SlotCreation> made = tryToCreate(name, plugin, failover);
            if (made.isPresent()) {
                return made.get();
            }
            log.info("making slot {} hangs, as it may before PostgreSQL 9.4.13, 9.5.8 and 9.6.4; trying again", name);
        }
    }

    /** Empty if it hangs. */
    private Optional<SlotCreation> tryToCreate(String name, Plugin plugin, boolean failover) {
        Connection walsender = Sessions.replication(postgres.address());
        boolean hung = false;
        try (Statement statement = walsender.createStatement()) {
            // The transactions that it waits for may run for hours.
            Sessions.silence(walsender, Duration.ZERO);
            SlotWait wait = new SlotWait(name, walsender, postgres.jdbc(), postgres.serverVersion());
            try (wait;
                    ResultSet row =
                            statement.executeQuery("CREATE_REPLICATION_SLOT " + Sessions.identifier(name) + " LOGICAL "
                                    + plugin.sqlName() + (failover ? " (SNAPSHOT 'export', FAILOVER true)" : ""))) {
                row.next();
                return Optional.of(new SlotCreation(
                        walsender,
                        row.getString("slot_name"),
                        Lsn.parse(row.getString("consistent_point")),
                        row.getString("snapshot_name")));
            } finally {
                hung = wait.isHung();
            }
        } catch (SQLException e) {
            Sessions.closeQuietly(walsender);
            if (hung) {
                return Optional.empty();
            }
            throw SqlErrors.translate(e, "slot: cannot be created, slot=" + name + " plugin=" + plugin.sqlName());
        }
    }

    /** @throws ConfigurationException if standbys of this server cannot keep copies of slots */
    public void requireFailover() {
        if (postgres.serverVersion() < FAILOVER) {
            throw new ConfigurationException("--failover-slot needs PostgreSQL 17: version="
                    + postgres.serverVersionText() + "\n  leave it out: after a fail-over, everything has to be copied"
                    + " again (--on-lost-slot=resnapshot)");
        }
    }

    /** From now on standbys are to keep a copy of a slot that is there, and that nobody reads just now. */
    public void makeFailover(String name) {
        requireFailover();
        try (Connection walsender = Sessions.replication(postgres.address());
                Statement statement = walsender.createStatement()) {
            statement.execute("ALTER_REPLICATION_SLOT " + Sessions.identifier(name) + " (FAILOVER true)");
        } catch (SQLException e) {
            throw SqlErrors.translate(e, "slot: cannot be made a failover slot, slot=" + name);
        }
    }

    /** Does nothing if there is no such slot. */
    public void drop(String name) {
        requireValidName(name);
        long deadline = System.nanoTime() + RELEASE.toNanos();
        String sql = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = ?";
        while (true) {
            try (PreparedStatement statement = postgres.jdbc().prepareStatement(sql)) {
                statement.setString(1, name);
                statement.execute();
                return;
            } catch (SQLException e) {
                boolean inUse = "55006".equals(e.getSQLState());
                if (!inUse || System.nanoTime() - deadline >= 0 || !pause()) {
                    throw SqlErrors.translate(e, "slot: cannot be dropped, slot=" + name);
                }
            }
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(50);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
