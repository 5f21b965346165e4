package org.bottledwater.sandbox;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Asks for a connection, as the manual's section "Message Flow: Start-up" describes, without logging in. */
final class PostgresProbe {

    private static final int PROTOCOL_3_0 = 3 << 16;
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int ERROR_LENGTH_MAX = 10_000;

    /** SQLSTATE {@code cannot_connect_now}: starting up, recovering or shutting down. */
    private static final String CANNOT_CONNECT_NOW = "57P03";

    private PostgresProbe() {}

    /** True when the server answers anything but "not yet"; a request for a password is an answer. */
    static boolean accepts(int port) {
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            socket.connect(Ports.address(port), TIMEOUT_MILLIS);
            socket.getOutputStream().write(startupMessage());
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte type = in.readByte();
            if (type == 'R') {
                return true;
            }
            int length = in.readInt();
            if (type != 'E' || length < 4 || length > ERROR_LENGTH_MAX) {
                return false;
            }
            byte[] fields = in.readNBytes(length - 4);
            return !new String(fields, StandardCharsets.UTF_8).contains("C" + CANNOT_CONNECT_NOW);
        } catch (IOException e) {
            // Nobody listens yet, or whoever listened has just ended.
            return false;
        }
    }

    private static byte[] startupMessage() throws IOException {
        byte[] parameters = "user\0postgres\0database\0postgres\0\0".getBytes(StandardCharsets.US_ASCII);
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(message)) {
            out.writeInt(8 + parameters.length);
            out.writeInt(PROTOCOL_3_0);
            out.write(parameters);
        }
        return message.toByteArray();
    }
}
