package org.bottledwater.postgres;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import java.util.Map;
import jdk.net.ExtendedSocketOptions;

/**
 * When the operating system asks a peer from which nothing comes whether it is still there: after so much silence, again
 * after each interval, so many times. The systems' own first value is two hours.
 *
 * @param idleSeconds 0, here and below, for the system's own
 */
record KeepAlive(int idleSeconds, int intervalSeconds, int count) {
    static final KeepAlive USUAL = new KeepAlive(30, 10, 3);

    void set(Socket socket) throws IOException {
        for (Map.Entry<SocketOption<Integer>, Integer> option : Map.of(
                        ExtendedSocketOptions.TCP_KEEPIDLE, idleSeconds,
                        ExtendedSocketOptions.TCP_KEEPINTERVAL, intervalSeconds,
                        ExtendedSocketOptions.TCP_KEEPCOUNT, count)
                .entrySet()) {
            if (option.getValue() > 0 && socket.supportedOptions().contains(option.getKey())) {
                socket.setOption(option.getKey(), option.getValue());
            }
        }
    }
}
