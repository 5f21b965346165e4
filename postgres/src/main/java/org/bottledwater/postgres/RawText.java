package org.bottledwater.postgres;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Text of a database with encoding SQL_ASCII, which takes any bytes: asked for UTF-8, the server would refuse to send rows with
 * bytes that are none, and nobody could say which. As LATIN1 it sends every byte as it is (manual, "PostgreSQL Character Sets").
 */
final class RawText {
    private RawText() {}

    private static boolean isNeeded(Connection connection) throws SQLException {
        return "SQL_ASCII".equals(connection.unwrap(PGConnection.class).getParameterStatus("server_encoding"));
    }

    /** From now on the session sends bytes as they are, if that makes a difference. */
    static boolean begin(Connection connection) throws SQLException {
        return isNeeded(connection) && encoding(connection, "LATIN1");
    }

    private static boolean encoding(Connection connection, String name) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET client_encoding TO " + name);
        }
        return true;
    }

    /** What to give the driver so that the server gets {@code sql} in UTF-8. */
    static String spelled(String sql) {
        return new String(sql.getBytes(UTF_8), ISO_8859_1);
    }

    /** Begins a COPY that sends text as it is. Afterwards, whatever came of it, the session goes {@link #back}. */
    static CopyOut copyOut(Connection connection, String sql) throws SQLException {
        boolean raw = begin(connection);
        return connection.unwrap(PGConnection.class).getCopyAPI().copyOut(raw ? spelled(sql) : sql);
    }

    /** Names in the session are UTF-8 again. */
    static void back(Connection connection) throws SQLException {
        if (isNeeded(connection)) {
            encoding(connection, "UTF8");
        }
    }
}
