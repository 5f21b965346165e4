package org.bottledwater.pipeline;

import java.util.Optional;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.pipeline.StretchQueue.End;
import org.bottledwater.pipeline.StretchQueue.Messages;
import org.bottledwater.pipeline.StretchQueue.Piece;
import org.bottledwater.pipeline.StretchQueue.StretchEnd;
import org.bottledwater.postgres.BacklogReader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one stretch of the log after the other on a thread of its own, and decides how long each is. Where the server lets us
 * read ahead it decodes the next one while this one is delivered; else the next one begins when all of this one is safe. The
 * slot is advanced behind what is safe, in front of each stretch.
 */
final class StretchReading implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StretchReading.class);

    /** What has been read and is not delivered: as much as is delivered while the server decodes the next stretch. */
    static final long HELD_BYTES = 24 << 20;

    /** If we do not read ahead: a session that has all of a stretch would have nothing to do for long, which the server may not like. */
    private static final long HELD_BYTES_IN_TURN = 1 << 20;

    private final CatchUpPolicy policy;
    private final BacklogReader reader;
    private final boolean ahead;
    private final StretchQueue queue;
    private final Thread thread = new Thread(this::run, "stretches");

    /** Where the next stretch begins. Of the thread. */
    private long position;

    /** How far the slot has been advanced. Of the thread. */
    private long advanced;

    private long safe;
    private boolean closed;
    private volatile long decoding;

    /** Whether all that was read has been taken. Of the thread that takes. */
    private boolean over;

    /**
     * @param from where the slot stands
     * @param heldBytes how much of what has been read is kept until it is delivered
     */
    StretchReading(CatchUpPolicy policy, BacklogReader reader, long from, long heldBytes) {
        this.policy = policy;
        this.reader = reader;
        this.position = from;
        this.advanced = from;
        this.safe = from;
        this.ahead = reader.readAhead(from);
        this.queue = new StretchQueue(ahead ? heldBytes : Math.min(heldBytes, HELD_BYTES_IN_TURN));
        thread.setDaemon(true);
    }

    void begin() {
        thread.start();
    }

    /** Whether the next stretch is read before this one is safe. */
    boolean isAhead() {
        return ahead;
    }

    /** How much of the log the server decodes at this moment; 0 for none. */
    long decoding() {
        return decoding;
    }

    /** What comes next, or null if nothing has come for so long. */
    @Nullable
    Piece take(long millis) {
        try {
            Piece piece = queue.take(millis);
            over = over || piece instanceof End;
            return piece;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("backlog: interrupted", e);
        }
    }

    void giveBack(Messages messages) {
        queue.giveBack(messages);
    }

    /** All that ends before is delivered and committed. */
    synchronized void safe(long lsn) {
        if (Lsn.isBefore(safe, lsn)) {
            safe = lsn;
            notifyAll();
        }
    }

    private void run() {
        try {
            boolean unused = queue.put(end());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private End end() throws InterruptedException {
        try {
            return new End(readAll(), Optional.empty());
        } catch (RuntimeException e) {
            return new End(false, Optional.of(e));
        } catch (Error e) {
            return new End(false, Optional.of(new IllegalStateException("the backlog cannot be read: " + e, e)));
        }
    }

    /**
     * Until little is waiting, or the reader is cancelled.
     *
     * @return whether what follows has to come by the stream, as it belongs to a transaction that would be decoded again and again
     */
    private boolean readAll() throws InterruptedException {
        long wanted = policy.stretch();
        while (true) {
            long waiting = CatchUp.distance(position, reader.endOfRecords(policy.margin()));
            if (waiting < policy.until()) {
                return false;
            }
            long before = CatchUp.distance(reader.restartLsn(), position);
            if (before > policy.longest()) {
                log.info(
                        "stream: a transaction is in the log that began {} earlier, it comes by the stream",
                        Amounts.bytes(before));
                return true;
            }
            long length = Math.min(Math.max(wanted, before), policy.longest());
            // What little would be left is taken along: a walsender decodes all from restart_lsn before it sends it.
            long stretch = waiting - length < policy.until() ? waiting : length;
            if (!read(stretch) || !advance()) {
                return false;
            }
            boolean again = reader.wasEmpty() && isDecodedAgain(stretch);
            if (again && (stretch == waiting || wanted >= policy.afterNothing())) {
                log.info(
                        "stream: no transaction of ours ends within {} of the log, what follows comes by the stream",
                        Amounts.bytes(stretch));
                return true;
            }
            wanted = again ? policy.afterNothing() : policy.stretch();
        }
    }

    /** Whether the server begins the next stretch in front of this one: as far as it knows, a transaction is open over all of it. */
    private boolean isDecodedAgain(long stretch) {
        return CatchUp.distance(reader.restartLsn(), position) >= stretch;
    }

    /** Returns false if nobody wants it any more. */
    private boolean read(long stretch) throws InterruptedException {
        decoding = stretch;
        try {
            if (!reader.begin(position + stretch)) {
                return false;
            }
        } finally {
            decoding = 0;
        }
        Messages messages = queue.empty();
        for (byte[] message = reader.next(); message != null; message = reader.next()) {
            if (Messages.isLarge(message)) {
                // The next one is probably as large.
                if (!queue.put(messages) || !queue.put(Messages.ofLarge(message)) || !queue.awaitRoom(message.length)) {
                    return false;
                }
                messages = queue.empty();
            } else if (!messages.add(message)) {
                if (!queue.put(messages)) {
                    return false;
                }
                messages = queue.empty();
                messages.add(message);
            }
        }
        position += stretch;
        return queue.put(messages) && queue.put(new StretchEnd(position));
    }

    /** Returns false if nobody delivers any more. */
    private boolean advance() throws InterruptedException {
        long to;
        synchronized (this) {
            while (!ahead && !closed && Lsn.isBefore(safe, position)) {
                wait();
            }
            if (closed) {
                return false;
            }
            to = safe;
        }
        if (Lsn.isBefore(advanced, to)) {
            reader.advance(to);
            advanced = to;
        }
        return true;
    }

    /** What has not been taken is not needed any more; then the reader is closed, too. Waits for the thread. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        queue.close();
        if (!over) {
            reader.close();
        }
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
                // It waits for the server, who has not been told or does not hear.
                reader.close();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
