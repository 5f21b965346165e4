package org.bottledwater.postgres;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import java.util.Map;

/**
 * When the operating system asks a peer from which nothing comes whether it is still there: after so much silence, again
 * after each interval, so many times. The systems' own first value is two hours.
 *
 * @param idleSeconds 0, here and below, for the system's own
 */
record KeepAlive(int idleSeconds, int intervalSeconds, int count) {
    static final KeepAlive USUAL = new KeepAlive(30, 10, 3);

    /** By name, since a small runtime may lack the module {@code jdk.net}, which has them. */
    void set(Socket socket) throws IOException {
        Map<String, Integer> values =
                Map.of("TCP_KEEPIDLE", idleSeconds, "TCP_KEEPINTERVAL", intervalSeconds, "TCP_KEEPCOUNT", count);
        for (SocketOption<?> option : socket.supportedOptions()) {
            int value = values.getOrDefault(option.name(), 0);
            if (value > 0) {
                set(socket, option, value);
            }
        }
    }

    private static <T> void set(Socket socket, SocketOption<T> option, int value) throws IOException {
        socket.setOption(option, option.type().cast(value));
    }
}
