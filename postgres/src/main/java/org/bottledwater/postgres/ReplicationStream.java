package org.bottledwater.postgres;

import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.postgres.wire.LogicalDecoder;
import org.bottledwater.postgres.wire.PgOutputDecoder;
import org.bottledwater.postgres.wire.RelationResolver;
import org.bottledwater.postgres.wire.TestDecodingDecoder;
import org.bottledwater.postgres.wire.Transcoder;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.postgresql.replication.fluent.logical.ChainedLogicalStreamBuilder;
import org.postgresql.util.PSQLException;

/**
 * The changes of a slot as they commit (manual, "Streaming Replication Protocol"). One thread polls; {@link #confirm},
 * {@link #keepAlive}, {@link #received} and {@link #close} may be called from any.
 */
public final class ReplicationStream implements AutoCloseable {
    /** The driver's own status messages and its limit for silence within a message; ours come more often. */
    private static final Duration LONGEST_WITHIN_MESSAGE = Duration.ofSeconds(30);

    private static final Duration FAREWELL = Duration.ofSeconds(2);

    /** A transaction that has so many messages behind it will have more, and nobody waits for one of them by itself. */
    private static final int LARGE_TRANSACTION = 16;

    private final String slot;
    private final Connection walsender;
    private final Line line;
    private final PGReplicationStream stream;
    private final LogicalDecoder decoder;
    private final long statusIntervalNanos;
    private final Duration withinMessage;
    private final Duration replyDeadline;
    private final Optional<Silence> silence;

    static final String UNDEFINED_FUNCTION = "42883";

    /** Guards the connection; fair, as the polling thread takes it again at once. Never held while changes are handled. */
    private final ReentrantLock lock = new ReentrantLock(true);

    private final boolean binary;
    private volatile long received;
    private volatile boolean unanswered;

    /** Where the message last read stands in the log; 0 for a relation's description. Of the polling thread. */
    private long messageLsn;

    /** Since the last commit. Of the polling thread. */
    private int messagesOfTransaction;

    private long confirmed;
    private long lastStatusNanos = System.nanoTime();
    private boolean closed;

    private ReplicationStream(
            StreamOptions options,
            Connection walsender,
            Line line,
            PGReplicationStream stream,
            LogicalDecoder decoder) {
        this.slot = options.slot();
        this.walsender = walsender;
        this.line = line;
        this.stream = stream;
        this.decoder = decoder;
        this.binary = options.binary();
        this.statusIntervalNanos = options.statusInterval().toNanos();
        this.withinMessage = withinMessage(options);
        this.replyDeadline = options.replyDeadline();
        // A unix socket is no network, and we do not listen to it.
        this.silence = line.bytes() == 0
                ? Optional.empty()
                : Optional.of(new Silence(line::bytes, replyDeadline, System.nanoTime()));
    }

    private static Duration withinMessage(StreamOptions options) {
        return options.replyDeadline().compareTo(LONGEST_WITHIN_MESSAGE) < 0
                ? options.replyDeadline()
                : LONGEST_WITHIN_MESSAGE;
    }

    /** @param resolver called from the polling thread */
    public static ReplicationStream start(PostgresAddress address, StreamOptions options, RelationResolver resolver) {
        Line line = new Line(address.keepAlive());
        Connection walsender = Sessions.replication(address, line);
        try {
            ChainedLogicalStreamBuilder builder = walsender
                    .unwrap(PGConnection.class)
                    .getReplicationAPI()
                    .replicationStream()
                    .logical()
                    .withSlotName(Sessions.identifier(options.slot()))
                    .withStartPosition(LogSequenceNumber.valueOf(options.startLsn()))
                    .withStatusInterval((int) withinMessage(options).toMillis(), TimeUnit.MILLISECONDS)
                    .withAutomaticFlush(false);
            options.giveMemory(walsender);
            boolean raw = "LATIN1".equals(walsender.unwrap(PGConnection.class).getParameterStatus("client_encoding"));
            for (StreamOptions.Option option : options.pluginOptions()) {
                String value = raw ? RawText.spelled(option.value()) : option.value();
                builder = builder.withSlotOption(option.name(), value);
            }
            LogicalDecoder decoder = decoder(options.plugin(), walsender, resolver);
            return new ReplicationStream(options, walsender, line, builder.start(), decoder);
        } catch (SQLException e) {
            Sessions.closeQuietly(walsender);
            throw StreamRefusedException.of(SqlErrors.translate(
                    e, "stream: cannot start, slot=" + options.slot() + " at=" + Lsn.toString(options.startLsn())));
        }
    }

    /** Of what the plugin sends to the session. */
    static LogicalDecoder decoder(Plugin plugin, Connection session, RelationResolver resolver) throws SQLException {
        return switch (plugin) {
            case PGOUTPUT -> new PgOutputDecoder(resolver);
            case TEST_DECODING -> testDecoding(session, resolver);
        };
    }

    private static LogicalDecoder testDecoding(Connection session, RelationResolver resolver) throws SQLException {
        LogicalDecoder decoder = new TestDecodingDecoder(resolver);
        String encoding = session.unwrap(PGConnection.class).getParameterStatus("server_encoding");
        return ServerEncoding.charset(encoding == null ? "UTF8" : encoding)
                .<LogicalDecoder>map(charset -> new Transcoder(decoder, charset))
                .orElse(decoder);
    }

    /**
     * Handles one message if there is one.
     *
     * @return false if none arrived within about a millisecond
     * @throws ConnectionException when the server is gone or has ended the stream
     * @throws NoBinaryFormException when a stream in binary comes to a value that cannot be sent so
     */
    public boolean poll(ChangeHandler handler) {
        ByteBuffer message = read();
        if (message == null) {
            return false;
        }
        boolean ended = decoder.decode(
                message.array(), message.arrayOffset() + message.position(), message.remaining(), messageLsn, handler);
        messagesOfTransaction = ended ? 0 : messagesOfTransaction + 1;
        line.gather(messagesOfTransaction >= LARGE_TRANSACTION);
        // Only now: a position counts as received when what stands before it has been handled.
        received = Lsn.max(received, messageLsn);
        return true;
    }

    private @Nullable ByteBuffer read() {
        lock.lock();
        try {
            ByteBuffer message = stream.readPending();
            messageLsn = stream.getLastReceiveLSN().asLong();
            if (message == null) {
                requireSignOfLife();
                if (stream.isClosed()) {
                    throw new EOFException("the server has ended the stream, it shuts down or the slot was taken");
                }
                // No message, but perhaps a keepalive, which says that nothing before it is for us.
                received = Lsn.max(received, messageLsn);
            }
            if (System.nanoTime() - lastStatusNanos >= statusIntervalNanos) {
                sendStatus();
            }
            return message;
        } catch (SQLException e) {
            throw broken(e);
        } catch (EOFException e) {
            throw new ConnectionException("stream: " + e.getMessage() + ", slot=" + slot, e);
        } finally {
            lock.unlock();
        }
    }

    private void requireSignOfLife() {
        if (line.isBrokenOff()) {
            throw silent("nothing came in the middle of a message", withinMessage);
        }
        if (silence.isPresent() && silence.get().isTooLong(System.nanoTime())) {
            unanswered = true;
            throw silent("the server does not answer any more", replyDeadline);
        }
    }

    private ConnectionException silent(String what, Duration limit) {
        return new ConnectionException(
                "stream: " + what + ", slot=" + slot + " for=" + limit.toSeconds() + "s", new SocketTimeoutException());
    }

    /** Whether it ended because the server did not answer, as one does not that is busy with a very large transaction. */
    public boolean isUnanswered() {
        return unanswered;
    }

    /** Up to here there is nothing for us that was not handled, as far as the server has told. */
    public long received() {
        return received;
    }

    /**
     * Whether all that had come was read since {@code nanoTime}: a stream in which something comes every few tenths of a
     * millisecond never lets {@link #poll} wait, and is up to date all the same. No if nobody can tell.
     */
    public boolean hasRunDrySince(long nanoTime) {
        return line.hasRunDrySince(nanoTime);
    }

    /** The server's process at the other end. */
    public int serverPid() {
        try {
            return walsender.unwrap(PGConnection.class).getBackendPID();
        } catch (SQLException e) {
            throw broken(e);
        }
    }

    /** Everything before {@code lsn} is safe: the server may forget it. A position before an earlier one is ignored. */
    public void confirm(long lsn) {
        lock.lock();
        try {
            if (!closed && Lsn.isBefore(confirmed, lsn)) {
                confirmed = lsn;
                stream.setFlushedLSN(LogSequenceNumber.valueOf(lsn));
                stream.setAppliedLSN(LogSequenceNumber.valueOf(lsn));
                sendStatus();
            }
        } catch (SQLException e) {
            throw broken(e);
        } finally {
            lock.unlock();
        }
    }

    /** Tells the server that we live, while the polling thread is busy elsewhere for long. */
    public void keepAlive() {
        lock.lock();
        try {
            if (!closed && System.nanoTime() - lastStatusNanos >= statusIntervalNanos) {
                sendStatus();
            }
        } catch (SQLException e) {
            throw broken(e);
        } finally {
            lock.unlock();
        }
    }

    /** It also asks for an answer, which keeps {@link Silence} away from a server that has nothing to say. */
    private void sendStatus() throws SQLException {
        stream.forceUpdateStatus();
        lastStatusNanos = System.nanoTime();
    }

    /** What the server itself refuses to go on with, it refuses again; all else is a connection that broke. */
    private RuntimeException broken(SQLException e) {
        if (line.isBrokenOff()) {
            return silent("nothing came in the middle of a message", withinMessage);
        }
        String what = "stream: broken, slot=" + slot;
        boolean refused = e instanceof PSQLException driver && driver.getServerErrorMessage() != null;
        if (refused && binary && UNDEFINED_FUNCTION.equals(e.getSQLState())) {
            return new NoBinaryFormException(SqlErrors.reason(e), e);
        }
        return refused
                ? StreamRefusedException.of(SqlErrors.translate(e, what))
                : new ConnectionException(what + " reason=" + SqlErrors.reason(e), e);
    }

    /**
     * Says farewell, so that the slot is free at once, but not for long: the server may be in the middle of a large
     * transaction, which it would send to its end first, and 9.5 does not answer at all.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        Thread farewell = new Thread(this::sayFarewell, "stream-farewell");
        farewell.setDaemon(true);
        farewell.start();
        try {
            farewell.join(FAREWELL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            walsender.abort(Runnable::run);
        } catch (SQLException e) {
            Sessions.closeQuietly(walsender);
        }
    }

    private void sayFarewell() {
        lock.lock();
        try {
            stream.close();
            walsender.close();
        } catch (SQLException e) {
            // It is cut off next, which does as well.
        } finally {
            lock.unlock();
        }
    }
}
