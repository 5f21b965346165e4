package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A network between one server and its clients, with the faults that networks have. */
public final class Proxy implements AutoCloseable {
    private static final int BUFFER = 16 << 10;

    private final ServerSocket entrance;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong made = new AtomicLong();
    private final AtomicLong passed = new AtomicLong();
    private volatile int target;
    private volatile int delayMillis;
    private volatile int bytesPerSecond;
    private volatile boolean stalled;
    private volatile boolean swallowing;
    private volatile boolean refusing;

    private Proxy(ServerSocket entrance) {
        this.entrance = entrance;
    }

    public static Proxy open() {
        try {
            Proxy proxy = new Proxy(new ServerSocket(0, 200, InetAddress.getLoopbackAddress()));
            start(proxy::accept, "proxy-" + proxy.port());
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return entrance.getLocalPort();
    }

    public void forwardTo(int port) {
        target = port;
    }

    /** How many bytes have passed, on all connections and in both directions. */
    public long passed() {
        return passed.get();
    }

    /** Resets every connection. */
    public void cut() {
        links.forEach(Link::reset);
    }

    /** Every read waits for so long, in both directions. */
    public void delay(int millis) {
        delayMillis = millis;
    }

    /** What each direction of each connection carries in a second. */
    public void throttle(int bytes) {
        bytesPerSecond = bytes;
    }

    /** Nothing passes until {@link #heal}, and then everything does. */
    public void stall() {
        stalled = true;
    }

    /** Connections are accepted, and what is sent disappears; they are reset by {@link #heal}. */
    public void swallow() {
        swallowing = true;
    }

    /** Neither are new connections taken nor do the old ones go on. */
    public void refuse() {
        refusing = true;
        cut();
    }

    /**
     * What a router that forgets leaves: on the connections of now nothing passes any more, neither side is told, and what one
     * side closes stays open at the other. New connections are well.
     */
    public void forget() {
        links.forEach(link -> link.forgotten = true);
    }

    /** As {@link #forget}, the connection that was made last and no other. */
    public void forgetNewest() {
        links.stream().max(Comparator.comparingLong(link -> link.number)).ifPresent(link -> link.forgotten = true);
    }

    /** A good network again; forgotten connections stay so. */
    public void heal() {
        boolean swallowed = swallowing;
        // In this order: a connection that is made just now loses its first bytes and is cut, or keeps them.
        swallowing = false;
        if (swallowed) {
            cut();
        }
        refusing = false;
        stalled = false;
        delayMillis = 0;
        bytesPerSecond = 0;
    }

    private void accept() {
        while (!entrance.isClosed()) {
            try {
                Socket client = entrance.accept();
                if (refusing) {
                    reset(client);
                } else {
                    connect(client);
                }
            } catch (IOException e) {
                // The entrance was closed, which ends the loop, or a client has gone already.
            }
        }
    }

    private void connect(Socket client) throws IOException {
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), target);
        } catch (IOException e) {
            reset(client);
            return;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        Link link = new Link(client, server);
        links.add(link);
        start(() -> link.pump(client, server), "proxy-in");
        start(() -> link.pump(server, client), "proxy-out");
    }

    private static void start(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It is of no use any more either way.
        }
    }

    @Override
    public void close() {
        try {
            entrance.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        cut();
    }

    /** A connection on its way through. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private final long number = made.incrementAndGet();
        private volatile boolean forgotten;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to) {
            byte[] buffer = new byte[BUFFER];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                    pace(read);
                    if (!forgotten && !swallowing) {
                        out.write(buffer, 0, read);
                        passed.addAndGet(read);
                    }
                }
                await();
            } catch (IOException | InterruptedException e) {
                // One of the two is gone.
            }
            if (!forgotten) {
                reset();
            }
        }

        private void pace(int bytes) throws InterruptedException {
            if (delayMillis > 0) {
                TimeUnit.MILLISECONDS.sleep(delayMillis);
            }
            int rate = bytesPerSecond;
            if (rate > 0) {
                TimeUnit.MILLISECONDS.sleep(1000L * bytes / rate);
            }
            await();
        }

        private void await() throws InterruptedException {
            while (stalled) {
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }

        void reset() {
            links.remove(this);
            Proxy.reset(client);
            Proxy.reset(server);
        }
    }
}
