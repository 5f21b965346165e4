package org.bottledwater.pipeline;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What has been read of stretches and is not delivered yet, in its order and bounded in memory. One thread puts, one takes. */
final class StretchQueue {
    private final long limit;
    private final ArrayDeque<Piece> pieces = new ArrayDeque<>();
    private final ArrayDeque<Messages> emptied = new ArrayDeque<>();

    /** Of what has been put and not been given back, in bytes. */
    private long held;

    private boolean closed;

    /** What is put and taken. */
    sealed interface Piece permits Messages, StretchEnd, End {}

    /** The end of a stretch: every transaction that ends before this position has been there. */
    record StretchEnd(long lsn) implements Piece {}

    /**
     * Nothing follows.
     *
     * @param leftToStream whether what follows in the log has to come by the stream
     * @param failure why it could not be read on
     */
    record End(boolean leftToStream, Optional<RuntimeException> failure) implements Piece {
        void throwIfFailed() {
            if (failure.isPresent()) {
                throw failure.get();
            }
        }
    }

    /** Messages as they came from the server, one after the other, each behind its length; or a large one alone. */
    static final class Messages implements Piece {
        static final int SIZE = 64 << 10;

        private final byte[] bytes;
        private final boolean large;
        private int end;
        private int next;
        private int offset;
        private int length;

        Messages() {
            bytes = new byte[SIZE];
            large = false;
        }

        private Messages(byte[] message) {
            bytes = message;
            end = message.length;
            large = true;
        }

        static boolean isLarge(byte[] message) {
            return message.length > SIZE - Integer.BYTES;
        }

        /** It is not copied. */
        static Messages ofLarge(byte[] message) {
            return new Messages(message);
        }

        /** Puts one in that is not large. Returns false if there is no room. */
        boolean add(byte[] message) {
            if (Integer.BYTES + message.length > bytes.length - end) {
                return false;
            }
            bytes[end] = (byte) (message.length >> 24);
            bytes[end + 1] = (byte) (message.length >> 16);
            bytes[end + 2] = (byte) (message.length >> 8);
            bytes[end + 3] = (byte) message.length;
            System.arraycopy(message, 0, bytes, end + Integer.BYTES, message.length);
            end += Integer.BYTES + message.length;
            return true;
        }

        /** Goes to the next message, the first one at first. Returns false behind the last one. */
        boolean next() {
            if (next == end) {
                return false;
            }
            if (large) {
                length = end;
            } else {
                offset = next + Integer.BYTES;
                length = (bytes[next] & 0xff) << 24
                        | (bytes[next + 1] & 0xff) << 16
                        | (bytes[next + 2] & 0xff) << 8
                        | (bytes[next + 3] & 0xff);
            }
            next = offset + length;
            return true;
        }

        byte[] bytes() {
            return bytes;
        }

        int offset() {
            return offset;
        }

        int length() {
            return length;
        }

        private void clear() {
            end = 0;
            next = 0;
        }
    }

    /** @param limit how much is held, in bytes; a message that is larger is held alone */
    StretchQueue(long limit) {
        this.limit = limit;
    }

    /** For messages to be put: one that was given back, if there is. */
    synchronized Messages empty() {
        Messages used = emptied.poll();
        return used == null ? new Messages() : used;
    }

    /** Waits for room. Returns false if nothing is taken any more. */
    synchronized boolean put(Piece piece) throws InterruptedException {
        int size = size(piece);
        if (!awaitRoom(size)) {
            return false;
        }
        held += size;
        pieces.add(piece);
        notifyAll();
        return true;
    }

    /** Waits until so much more may be held, in bytes. Returns false if nothing is taken any more. */
    synchronized boolean awaitRoom(int size) throws InterruptedException {
        while (!closed && held > 0 && held + size > limit) {
            wait();
        }
        return !closed;
    }

    /** Waits no longer than this. Returns null if nothing came. */
    synchronized @Nullable Piece take(long millis) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (pieces.isEmpty()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return null;
            }
            wait(TimeUnit.NANOSECONDS.toMillis(left) + 1);
        }
        return pieces.poll();
    }

    /** To be called when they have been handled. */
    synchronized void giveBack(Messages messages) {
        held -= size(messages);
        if (!messages.large) {
            messages.clear();
            emptied.add(messages);
        }
        notifyAll();
    }

    /** Nothing is taken any more. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    private static int size(Piece piece) {
        return piece instanceof Messages messages ? messages.bytes.length : 0;
    }
}
