package org.bottledwater.sandbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Finds free ports on the loopback address. */
final class Ports {

    static final String HOST = "127.0.0.1";

    /*
     * The range lies below the ports that Linux and macOS hand to outgoing connections, so that a stopped server finds
     * its port still free when it is started again.
     */
    private static final int LOWEST = 15_000;
    private static final int BOUND = 32_000;
    private static final int ATTEMPTS = 200;

    /** Between here and the moment the server binds its port, a second server must not be given the same one. */
    private static final Set<Integer> GIVEN_OUT = ConcurrentHashMap.newKeySet();

    private Ports() {}

    static int free() {
        for (int i = 0; i < ATTEMPTS; i++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST, BOUND);
            if (isFree(port) && GIVEN_OUT.add(port)) {
                return port;
            }
        }
        throw new SandboxException(
                "ports: none is free, lowest=" + LOWEST + " bound=" + BOUND + " attempts=" + ATTEMPTS);
    }

    static InetSocketAddress address(int port) throws IOException {
        return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(address(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
