package org.bottledwater.postgres;

import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.PGProperty;

/**
 * What the sockets under a connection have seen. The driver keeps the server's keepalives to itself, and tells of a silence in
 * the middle of a message only that the connection is of no use any more. Any thread.
 */
final class Line {
    private static final AtomicLong NUMBER = new AtomicLong();

    /** By the name that the driver gives to the {@link LineSockets} which it makes. */
    private static final Map<String, Line> OPENING = new ConcurrentHashMap<>();

    private final AtomicLong bytes = new AtomicLong();
    private final KeepAlive keepAlive;
    private volatile boolean brokeOff;
    /** Of {@link System#nanoTime}. */
    private volatile long dryAt = System.nanoTime();

    private volatile boolean gathering;

    Line(KeepAlive keepAlive) {
        this.keepAlive = keepAlive;
    }

    /** Has the driver use our sockets until it is closed; connections that were made meanwhile keep them. */
    Opening open(Properties properties) {
        String name = Long.toString(NUMBER.incrementAndGet());
        OPENING.put(name, this);
        PGProperty.SOCKET_FACTORY.set(properties, LineSockets.class.getName());
        PGProperty.SOCKET_FACTORY_ARG.set(properties, name);
        return () -> OPENING.remove(name);
    }

    static Line opening(String name) {
        Line line = OPENING.get(name);
        if (line == null) {
            throw new IllegalStateException("no such line: name=" + name);
        }
        return line;
    }

    KeepAlive keepAlive() {
        return keepAlive;
    }

    /** Another socket is begun with: the driver tries one host after the other, and one way of encryption after the other. */
    void begin() {
        brokeOff = false;
    }

    void arrived(int count) {
        bytes.addAndGet(count);
    }

    /** How many bytes have come from the server, whatever they were. */
    long bytes() {
        return bytes.get();
    }

    /** All that had come was read: for what comes next the reader waits. */
    void runDry() {
        dryAt = System.nanoTime();
    }

    /**
     * Whether to let a moment pass each time that all is read: the server sends each change by itself, and to wake a reader for
     * it costs both sides more than the change.
     */
    void gather(boolean gathering) {
        if (this.gathering != gathering) {
            this.gathering = gathering;
        }
    }

    boolean isGathering() {
        return gathering;
    }

    boolean hasRunDrySince(long nanoTime) {
        return dryAt - nanoTime >= 0;
    }

    void breakOff() {
        brokeOff = true;
    }

    /** Whether a read of the newest socket ran into its time limit; what it had read of a message is lost. */
    boolean isBrokenOff() {
        return brokeOff;
    }

    /** While a connection is made. */
    interface Opening extends AutoCloseable {
        @Override
        void close();
    }
}
