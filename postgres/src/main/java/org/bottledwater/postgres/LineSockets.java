package org.bottledwater.postgres;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.locks.LockSupport;
import javax.net.SocketFactory;

/** Makes the sockets of a {@link Line}. It is public for the driver, which makes it from its name. */
public final class LineSockets extends SocketFactory {
    /** With this time limit the driver only looks whether something has come. */
    private static final int LOOK_MILLIS = 1;

    /** The server sends some fifty changes in this time; a reader that is woken by itself takes them at once. */
    private static final long GATHER_NANOS = 200_000;

    private final Line line;

    /** @param name as given by {@link Line#open} */
    public LineSockets(String name) {
        this.line = Line.opening(name);
    }

    @Override
    public Socket createSocket() {
        line.begin();
        return new Watched(line);
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
        return createSocket(InetAddress.getByName(host), port);
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
        return connected(createSocket(), host, port);
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) throws IOException {
        return createSocket(InetAddress.getByName(host), port, localHost, localPort);
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) throws IOException {
        Socket socket = createSocket();
        socket.bind(new InetSocketAddress(localHost, localPort));
        return connected(socket, host, port);
    }

    private static Socket connected(Socket socket, InetAddress host, int port) throws IOException {
        socket.connect(new InetSocketAddress(host, port));
        return socket;
    }

    private static final class Watched extends Socket {
        private final Line line;

        Watched(Line line) {
            this.line = line;
        }

        @Override
        public void connect(SocketAddress address, int timeoutMillis) throws IOException {
            super.connect(address, timeoutMillis);
            line.keepAlive().set(this);
        }

        @Override
        public InputStream getInputStream() throws IOException {
            return new Arrivals(super.getInputStream());
        }

        private final class Arrivals extends FilterInputStream {
            /** Whether something has come since all was read before: only then more of it is likely within the moment. */
            private boolean flowing;

            Arrivals(InputStream in) {
                super(in);
            }

            /**
             * The driver asks before each message of which it has nothing yet, and if the answer is nothing, it reads for a
             * millisecond ({@code PGStream.hasMessagePending}), which tells the same. So the system need not be asked for each
             * message that comes by itself.
             */
            @Override
            public int available() {
                return 0;
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                if (in.available() == 0) {
                    line.runDry();
                    if (flowing && line.isGathering()) {
                        LockSupport.parkNanos(GATHER_NANOS);
                    }
                    flowing = false;
                }
                try {
                    int count = super.read(buffer, offset, length);
                    if (count > 0) {
                        flowing = true;
                        line.arrived(count);
                    }
                    return count;
                } catch (SocketTimeoutException e) {
                    if (getSoTimeout() > LOOK_MILLIS) {
                        line.breakOff();
                    }
                    throw e;
                }
            }
        }
    }
}
