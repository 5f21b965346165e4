package org.bottledwater.postgres;

import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.wire.LogicalDecoder;
import org.bottledwater.postgres.wire.RelationResolver;
import org.bottledwater.postgres.wire.StretchDecoder;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;
import org.postgresql.util.PSQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of a slot, one stretch of the log after the other: the same messages as those of a {@link ReplicationStream}, by
 * a COPY of {@code pg_logical_slot_peek_binary_changes} (manual, "Replication Management Functions"), which costs the
 * server a fraction. A stretch has all transactions that commit in it, whole. The server decodes it to its end before the
 * first message comes, and keeps what it has decoded, in temporary files if that is much.
 *
 * <p>A stretch begins where the slot stands, so the next one has to wait until this one is safe and the slot is advanced. With
 * {@link #readAhead} it need not: then a temporary copy of the slot is read, which moves as it is read, and the slot itself
 * follows with what is safe. The copy ends with the session.
 *
 * <p>One thread reads; {@link #keepAlive}, {@link #cancel} and {@link #close} may be called from any.
 */
public final class BacklogReader implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BacklogReader.class);

    /** The first version of PostgreSQL that lets a slot be advanced by a function. */
    public static final int SINCE = 110000;

    private static final int CHECKS_CLIENT = 140000;

    /** Of the copy's name, which PostgreSQL limits to 63 characters. */
    private static final int PART_OF_NAME = 40;

    private static final String END =
            "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END";

    /** A stretch has to be decoded in this time; a connection that is dead is noticed earlier, see {@link BacklogWatch}. */
    private static final Duration DECODING = Duration.ofMinutes(5);

    /** For how long a stretch may stand still: a statement that is open keeps the server from cleaning up its tables. */
    private static final Duration STANDSTILL = Duration.ofSeconds(60);

    /**
     * For how long the session may ask for nothing, on servers that can be told (14 and later): one whose client is gone, behind a
     * network that has not said so, would hold the slot for ever. A run that waits longer for Kafka begins anew.
     */
    private static final Duration IDLE = Duration.ofSeconds(60);

    /** After which time without anything from the server it is looked whether it still works for us. */
    private static final Duration SILENCE = Duration.ofSeconds(10);

    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final StreamOptions options;
    private final Connection session;
    private final Line line;
    private final boolean raw;
    private final LogicalDecoder decoder;
    private final AtomicBoolean cancelled = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();

    /** Whether the reading thread waits for the server; set for each message, and looked at now and then. */
    private final AtomicBoolean waiting = new AtomicBoolean();

    private Optional<BacklogWatch> watch = Optional.empty();

    /** The stretch that is being read. Of the reading thread. */
    private @Nullable CopyOut copy;

    /** How much has come of it. */
    private long received;

    /** The copy that is read instead of the slot. */
    private Optional<String> ahead = Optional.empty();

    private volatile boolean asking;
    private volatile boolean decoding;
    private volatile boolean sending;
    private volatile boolean letGo;
    private volatile boolean deaf;
    private volatile long movedAt = System.nanoTime();

    private BacklogReader(StreamOptions options, Connection session, Line line, boolean raw, LogicalDecoder decoder) {
        this.options = options;
        this.line = line;
        this.session = session;
        this.raw = raw;
        this.decoder = decoder;
    }

    private void watch(PostgresAddress address, Duration silence) throws SQLException {
        watch = Optional.of(BacklogWatch.begin(
                address, BacklogWatch.Worker.of(session), silence, this::currentWait, this::hearNothing));
    }

    /**
     * From now on the slot counts as in use, see {@link Slots#find}.
     *
     * @param resolver called by whoever uses the {@link #decoder}
     * @throws ConnectionException also when another session has the slot
     */
    public static BacklogReader open(PostgresAddress address, StreamOptions options, RelationResolver resolver) {
        return open(address, options, resolver, IDLE, SILENCE);
    }

    static BacklogReader open(
            PostgresAddress address,
            StreamOptions options,
            RelationResolver resolver,
            Duration idle,
            Duration silence) {
        Line line = new Line(address.keepAlive());
        Connection session = Sessions.backlog(address, line);
        String what = "backlog: cannot be read, slot=" + options.slot();
        try {
            outliveNobody(session, options.serverVersion(), idle);
            options.giveMemory(session);
            if (!SlotHold.take(session, options.slot())) {
                throw new ConnectionException(what + ", another instance has it", new IllegalStateException("in use"));
            }
            LogicalDecoder decoder = ReplicationStream.decoder(options.plugin(), session, resolver);
            BacklogReader reader = new BacklogReader(options, session, line, RawText.begin(session), decoder);
            // A unix socket, of which the line hears nothing, has no network that could forget it.
            if (line.bytes() > 0) {
                reader.watch(address, silence);
            }
            return reader;
        } catch (SQLException e) {
            Sessions.closeQuietly(session);
            throw SqlErrors.translate(e, what);
        } catch (RuntimeException e) {
            Sessions.closeQuietly(session);
            throw e;
        }
    }

    /** The lock must not stay for long when this machine is gone without a word: a stand-by waits for it. */
    private static void outliveNobody(Connection session, int serverVersion, Duration idle) throws SQLException {
        try (Statement statement = session.createStatement()) {
            statement.execute("SELECT set_config(s.name, v.value, false) FROM pg_settings s JOIN (VALUES"
                    + " ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), ('tcp_keepalives_count', '3'),"
                    + " ('tcp_user_timeout', '90s'), ('idle_session_timeout', '" + idle.toMillis()
                    + "')) v (name, value) ON v.name = s.name");
        }
        if (serverVersion >= CHECKS_CLIENT) {
            try (Statement statement = session.createStatement()) {
                statement.execute("SET client_connection_check_interval = '5s'");
            } catch (SQLException e) {
                // Not every operating system can; then it is noticed when the stretch is decoded.
                if (SqlErrors.isConnection(e)) {
                    throw e;
                }
            }
        }
    }

    @FunctionalInterface
    private interface Answer {
        long of(ResultSet row) throws SQLException;
    }

    /** The server's process at the other end. */
    public int serverPid() {
        try {
            return session.unwrap(PGConnection.class).getBackendPID();
        } catch (SQLException e) {
            throw broken(e);
        }
    }

    /** How far the log is on disk, which is how far it can be read. */
    public long end() {
        return lsn("SELECT " + END + "::text");
    }

    /**
     * How far whole records are on disk: to its end if nothing more has been inserted, else to {@code margin} in front of it, since
     * a stretch that ends within a record waits for the rest of it.
     */
    public long endOfRecords(long margin) {
        return ask(
                "SELECT e::text, CASE WHEN pg_is_in_recovery() THEN true ELSE e = pg_current_wal_insert_lsn() END"
                        + " FROM (SELECT " + END + " AS e OFFSET 0) log",
                row -> Lsn.parse(row.getString(1)) - (row.getBoolean(2) ? 0 : margin));
    }

    /**
     * From now on a copy of the slot is read.
     *
     * @param from where the slot stands
     * @return false if there is none to be had: PostgreSQL before 12 has no function for it, one slot must stay free for others, and the
     *     copy of a failover slot would not wait for the standbys ({@code synchronized_standby_slots})
     */
    public boolean readAhead(long from) {
        if (options.serverVersion() < SlotCopy.SINCE) {
            return false;
        }
        String slot = options.slot();
        String copyName = slot.substring(0, Math.min(slot.length(), PART_OF_NAME)) + "_ahead_" + serverPid();
        beginAsking();
        try {
            Optional<String> hindrance = SlotCopy.make(session, options, copyName, from);
            if (hindrance.isPresent()) {
                oneAfterTheOther(hindrance.get());
                return false;
            }
            ahead = Optional.of(copyName);
            return true;
        } catch (SQLException e) {
            if (SqlErrors.isConnection(e) || cancelled.get()) {
                throw broken(e);
            }
            oneAfterTheOther(SqlErrors.reason(e));
            return false;
        } finally {
            endAsking();
        }
    }

    private void oneAfterTheOther(String why) {
        log.info(
                "backlog: the next stretch is decoded when this one is delivered, not meanwhile: slot={} reason={}",
                options.slot(),
                why);
    }

    /** Where the server begins to decode the next stretch, to find the transactions that are open where it begins. */
    public long restartLsn() {
        return lsn("SELECT restart_lsn::text FROM pg_replication_slots WHERE slot_name = " + Sessions.literal(read()));
    }

    /** The slot that is read. */
    private String read() {
        return ahead.orElse(options.slot());
    }

    /** Lets the slot stand at {@code lsn}, up to which everything is safe: unless we read ahead, the next stretch begins there. */
    public void advance(long lsn) {
        lsn("SELECT end_lsn::text FROM pg_replication_slot_advance(" + Sessions.literal(options.slot()) + ", '"
                + Lsn.toString(lsn) + "')");
    }

    private long lsn(String sql) {
        return ask(sql, row -> Lsn.parse(row.getString(1)));
    }

    private long ask(String sql, Answer answer) {
        beginAsking();
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return answer.of(row);
        } catch (SQLException e) {
            throw broken(e);
        } finally {
            endAsking();
        }
    }

    /**
     * Has the server decode what lies between the slot's position, or the end of the stretch before if we read ahead, and
     * {@code upTo}, and waits for it; then {@link #next} gives it.
     *
     * @return false if it was {@link #cancel}led
     */
    public boolean begin(long upTo) {
        String arguments = Stream.concat(
                        Stream.of(Sessions.literal(read()), "'" + Lsn.toString(upTo) + "'", "NULL"),
                        // They are written as they stand between quotes.
                        options.pluginOptions().stream()
                                .flatMap(option -> Stream.of("'" + option.name() + "'", "'" + option.value() + "'")))
                .collect(Collectors.joining(", "));
        String sql = "COPY (SELECT lsn, data FROM pg_logical_slot_" + (ahead.isPresent() ? "get" : "peek")
                + "_binary_changes(" + arguments + ")) TO STDOUT (FORMAT binary)";
        received = 0;
        decoding = true;
        beginWaiting();
        try {
            if (cancelled.get()) {
                return false;
            }
            Sessions.silence(session, DECODING);
            copy = session.unwrap(PGConnection.class).getCopyAPI().copyOut(raw ? RawText.spelled(sql) : sql);
            sending = true;
            return true;
        } catch (SQLException e) {
            if (cancelled.get()) {
                return false;
            }
            throw broken(e);
        } finally {
            decoding = false;
            waiting.set(false);
            movedAt = System.nanoTime();
        }
    }

    /**
     * What comes next of the stretch, for its {@link #decoder}; waits for it.
     *
     * @return null at its end
     * @throws NoBinaryFormException when a stretch in binary comes to a value that cannot be sent so
     */
    public byte @Nullable [] next() {
        CopyOut reading = copy;
        if (reading == null) {
            return null;
        }
        // Only the thread that looks has to see it, and that not at once.
        waiting.lazySet(true);
        try {
            byte[] data = reading.readFromCopy();
            if (data == null) {
                sending = false;
                copy = null;
            } else {
                received += data.length;
            }
            return data;
        } catch (SQLException e) {
            throw broken(e);
        } finally {
            waiting.lazySet(false);
            movedAt = System.nanoTime();
        }
    }

    /** Whether the stretch that has been read to its end had no message: no transaction with changes for the slot ended in it. */
    public boolean wasEmpty() {
        return received <= StretchDecoder.EMPTY_LENGTH;
    }

    /** Of one stretch, for the thread that handles what has been read; it goes on where that of the stretch before ended. */
    public StretchDecoder decoder() {
        return new StretchDecoder(decoder);
    }

    /** Either this sees that the reader is closed, or {@link #close} sees this. */
    private void beginAsking() {
        asking = true;
        beginWaiting();
        if (closed.get()) {
            endAsking();
            throw new ConnectionException(
                    "backlog: given up, slot=" + options.slot(), new IllegalStateException("closed"));
        }
    }

    private void endAsking() {
        waiting.set(false);
        asking = false;
    }

    private void beginWaiting() {
        movedAt = System.nanoTime();
        waiting.set(true);
    }

    /** Seen by the watch. */
    private Optional<BacklogWatch.Wait> currentWait() {
        return waiting.get() ? Optional.of(new BacklogWatch.Wait(movedAt, line.bytes())) : Optional.empty();
    }

    /** Called by the watch. */
    private void hearNothing() {
        deaf = true;
        abort();
    }

    private RuntimeException broken(SQLException e) {
        String what = "backlog: broken, slot=" + options.slot();
        if (letGo) {
            return new BacklogRefusedException(
                    "backlog: let go of, as nothing could be delivered, slot=" + options.slot() + " for="
                            + STANDSTILL.toSeconds() + "s",
                    e);
        }
        if (deaf) {
            return new ConnectionException(
                    "backlog: nothing comes of what the server has sent, slot=" + options.slot()
                            + "; the connection is dead",
                    e);
        }
        if (cancelled.get()) {
            return new ConnectionException("backlog: given up, slot=" + options.slot(), e);
        }
        if (e.getCause() instanceof SocketTimeoutException) {
            return new BacklogRefusedException(
                    "backlog: the server does not answer, slot=" + options.slot() + " for=" + DECODING.toSeconds()
                            + "s",
                    e);
        }
        String state = e.getSQLState() == null ? "" : e.getSQLState();
        boolean answered = e instanceof PSQLException driver && driver.getServerErrorMessage() != null;
        if (answered && options.binary() && state.equals(ReplicationStream.UNDEFINED_FUNCTION)) {
            return new NoBinaryFormException(SqlErrors.reason(e), e);
        }
        // The server shuts down, or somebody else reads the slot: that is no fault of the way in which it is read.
        boolean refused = answered && !state.startsWith("57P") && !state.equals("55006");
        return refused
                ? new BacklogRefusedException(what + " reason=" + SqlErrors.reason(e), e)
                : SqlErrors.translate(e, what);
    }

    /** To be called while the reading thread waits for something else: nothing of ours keeps the server from cleaning up for long. */
    public void keepAlive() {
        if (sending && System.nanoTime() - movedAt >= STANDSTILL.toNanos()) {
            letGo = true;
            abort();
        }
    }

    /** A stretch that the server is still decoding is of no use any more, nor is a later one, nor an answer. */
    public void cancel() {
        cancelled.set(true);
        if (decoding || asking) {
            cancelQuery();
        }
    }

    private void cancelQuery() {
        try {
            session.unwrap(PGConnection.class).cancelQuery();
        } catch (SQLException e) {
            // Then the server finds out by itself.
        }
    }

    private void abort() {
        try {
            session.abort(Runnable::run);
        } catch (SQLException e) {
            Sessions.closeQuietly(session);
        }
    }

    /** Ends what another thread waits for, which then gets an exception. The slot is free soon. */
    @Override
    public void close() {
        boolean first = closed.compareAndSet(false, true);
        cancelled.set(true);
        if (!first || asking || decoding || sending) {
            // So that the server does not go on for a client that has left.
            cancelQuery();
            abort();
        } else {
            letGoOfSlot();
            Sessions.closeQuietly(session);
        }
        watch.ifPresent(BacklogWatch::close);
    }

    /** The server takes a moment to notice the end of a session. */
    private void letGoOfSlot() {
        try (Statement statement = session.createStatement()) {
            Sessions.silence(session, FAREWELL);
            statement.execute("SELECT pg_advisory_unlock_all()");
        } catch (SQLException e) {
            // It is closed next, which does as well.
        }
    }
}
