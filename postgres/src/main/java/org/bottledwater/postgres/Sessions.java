package org.bottledwater.postgres;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.TableName;
import org.bottledwater.postgres.PostgresAddress.Host;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;

/** Opens connections on which every setting that shows in a value's text or in SQL is the same whatever the server's. */
final class Sessions {
    /**
     * Given with the startup packet, as a walsender before PostgreSQL 10 knows no SET and its output functions print
     * by these settings too.
     */
    private static final String PINNED = "-c DateStyle=ISO"
            + " -c IntervalStyle=iso_8601"
            + " -c extra_float_digits=3"
            + " -c bytea_output=hex"
            + " -c search_path=pg_catalog"
            + " -c quote_all_identifiers=off"
            + " -c standard_conforming_strings=on";

    /**
     * So that money comes with a plain minus sign, which some locales do not have. An ordinary session keeps the
     * database's: it reads money in binary form, and asks for the fraction digits.
     */
    private static final String PLAIN_MONEY = " -c lc_monetary=C";

    /**
     * The driver sends the JVM's time zone with each startup packet, and such a parameter wins over the same setting in
     * {@code options}. Of one that is sent twice the last wins, and {@code options} is what the driver sends last: so
     * the zone is appended behind that string's closing zero byte, where the next name and value are read.
     */
    private static final String AND_TIME_ZONE = "\0TimeZone\0UTC";

    /**
     * For how long a server may owe an answer. No statement of ours takes so long that does not say so by {@link #silence},
     * and the operating system finds out by itself, and earlier, about a peer that is gone.
     */
    private static final Duration SILENCE = Duration.ofMinutes(1);

    private Sessions() {}

    /** An ordinary SQL session. No timeout that the database's settings may give can end it. */
    static Connection sql(PostgresAddress address) {
        return sql(address, PINNED, new Line(address.keepAlive()));
    }

    /**
     * An ordinary session in which values are printed as a walsender prints them.
     *
     * @param line hears what comes, unless that is by a unix socket
     */
    static Connection backlog(PostgresAddress address, Line line) {
        return sql(address, PINNED + PLAIN_MONEY, line);
    }

    private static Connection sql(PostgresAddress address, String pinned, Line line) {
        Connection connection = open(address, new Properties(), pinned, line);
        try (Statement statement = connection.createStatement()) {
            // Which of these exist depends on the version.
            // A table that was swapped for a view would run what people have written.
            statement.execute("SELECT pg_catalog.set_config(name, CASE name WHEN 'restrict_nonsystem_relation_kind'"
                    + " THEN 'view,foreign-table' ELSE '0' END, false) FROM pg_catalog.pg_settings WHERE name IN"
                    + " ('statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',"
                    + " 'transaction_timeout', 'restrict_nonsystem_relation_kind')");
            // Whoever waits for our lock requests in turn waits as long as we do.
            statement.execute("SET lock_timeout = '10s'");
            return connection;
        } catch (SQLException e) {
            closeQuietly(connection);
            throw SqlErrors.translate(e, "session: cannot be set up, address=" + address);
        }
    }

    /** A walsender that serves the database: replication commands, from PostgreSQL 10 on also simple queries. */
    static Connection replication(PostgresAddress address) {
        return replication(address, new Line(address.keepAlive()));
    }

    /** @param line hears what comes */
    static Connection replication(PostgresAddress address, Line line) {
        Properties properties = new Properties();
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        Connection walsender = open(address, properties, PINNED + PLAIN_MONEY, line);
        try {
            if (walsender.getMetaData().getDatabaseMajorVersion() >= 10) {
                RawText.begin(walsender);
            }
            return walsender;
        } catch (SQLException e) {
            closeQuietly(walsender);
            throw SqlErrors.translate(e, "session: cannot be set up, address=" + address);
        }
    }

    /** From now on nothing may come for so long, of rows of a copy for instance; zero for as long as it takes. */
    static void silence(Connection connection, Duration limit) throws SQLException {
        connection.setNetworkTimeout(Runnable::run, (int) limit.toMillis());
    }

    static void closeQuietly(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            // It is of no use any more, whatever state it is in.
        }
    }

    /** Tries one host after another while they are away; a host that refuses us ends the search, as in libpq. */
    private static Connection open(PostgresAddress address, Properties properties, String pinned, Line line) {
        RuntimeException last = new IllegalStateException("no host");
        for (Host host : address.hosts()) {
            try {
                return open(address, host, properties, pinned, line);
            } catch (SQLException e) {
                String what =
                        "cannot connect: host=" + host + " database=" + address.database() + " user=" + address.user();
                last = mayNotReplicate(e)
                        ? new ConfigurationException(
                                what + " reason=" + SqlErrors.reason(e) + ". As a superuser run: ALTER ROLE "
                                        + identifier(address.user()) + " REPLICATION",
                                e)
                        : SqlErrors.translate(e, what);
                boolean wrongKind =
                        "08001".equals(e.getSQLState()) && address.hosts().size() > 1;
                if (!wrongKind && !(last instanceof ConnectionException)) {
                    throw last;
                }
            }
        }
        throw last;
    }

    private static boolean mayNotReplicate(SQLException e) {
        String reason = SqlErrors.reason(e).toLowerCase(Locale.ROOT);
        return "42501".equals(e.getSQLState()) && (reason.contains("wal sender") || reason.contains("walsender"));
    }

    private static Connection open(PostgresAddress address, Host host, Properties base, String pinned, Line line)
            throws SQLException {
        Properties properties = new Properties();
        properties.putAll(base);
        PGProperty.USER.set(properties, address.user());
        // An empty one keeps the driver from reading password files by rules of its own.
        PGProperty.PASSWORD.set(properties, address.password(host).orElse(""));
        PGProperty.APPLICATION_NAME.set(properties, address.applicationName());
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "9.4");
        PGProperty.OPTIONS.set(
                properties, address.value("options").map(own -> own + " ").orElse("") + pinned + AND_TIME_ZONE);
        // For RawText.
        PGProperty.ALLOW_ENCODING_CHANGES.set(properties, true);
        PGProperty.TCP_KEEP_ALIVE.set(
                properties, !address.value("keepalives").orElse("1").equals("0"));
        PGProperty.CONNECT_TIMEOUT.set(
                properties, (int) address.connectTimeout().toSeconds());
        // Until it is connected; as in libpq, the limit is for logging in as well.
        PGProperty.SOCKET_TIMEOUT.set(properties, (int) address.connectTimeout().toSeconds());
        address.value("channel_binding").ifPresent(value -> PGProperty.CHANNEL_BINDING.set(properties, value));
        // Of several the one that can be written to is meant, unless something else is said: the others are its
        // standbys.
        PGProperty.TARGET_SERVER_TYPE.set(
                properties,
                targetServerType(address.value("target_session_attrs")
                        .orElse(address.hosts().size() > 1 ? "primary" : "any")));
        String server;
        if (host.isSocketFolder()) {
            PGProperty.SOCKET_FACTORY.set(properties, "org.newsclub.net.unix.AFUNIXSocketFactory$FactoryArg");
            PGProperty.SOCKET_FACTORY_ARG.set(properties, host.name() + "/.s.PGSQL." + host.port());
            PGProperty.SSL_MODE.set(properties, "disable");
            server = "localhost";
        } else {
            setEncryption(address, properties);
            server = host.name().indexOf(':') >= 0 ? "[" + host.name() + "]" : host.name();
        }
        String url = "jdbc:postgresql://" + server + ":" + host.port() + "/" + escape(address.database());
        Connection connection = connect(url, properties, host.isSocketFolder() ? Optional.empty() : Optional.of(line));
        if (connection == null) {
            throw new PSQLException("the driver does not take this address", PSQLState.CONNECTION_REJECTED);
        }
        silence(connection, SILENCE);
        return connection;
    }

    private static @Nullable Connection connect(String url, Properties properties, Optional<Line> line)
            throws SQLException {
        if (line.isEmpty()) {
            return new Driver().connect(url, properties);
        }
        Line.Opening opening = line.get().open(properties);
        try (opening) {
            return new Driver().connect(url, properties);
        }
    }

    private static void setEncryption(PostgresAddress address, Properties properties) {
        String mode = address.value("sslmode").orElse("prefer");
        if (address.value("sslrootcert").orElse("").equals("system")) {
            throw new ConfigurationException("postgres: sslrootcert=system is not supported here."
                    + " Name the file of the certificate authority");
        }
        boolean hasRoot = address.value("sslrootcert").isPresent()
                || Files.exists(address.home().resolve(".postgresql").resolve("root.crt"));
        // As in libpq: whoever has a root certificate wants it checked.
        PGProperty.SSL_MODE.set(properties, mode.equals("require") && hasRoot ? "verify-ca" : mode);
        address.value("sslrootcert").ifPresent(value -> PGProperty.SSL_ROOT_CERT.set(properties, value));
        address.value("sslcert").ifPresent(value -> PGProperty.SSL_CERT.set(properties, value));
        address.value("sslkey").ifPresent(value -> PGProperty.SSL_KEY.set(properties, value));
        address.value("sslpassword").ifPresent(value -> PGProperty.SSL_PASSWORD.set(properties, value));
    }

    private static String targetServerType(String sessionAttributes) {
        return switch (sessionAttributes) {
            case "read-write", "primary" -> "primary";
            case "read-only", "standby" -> "secondary";
            default -> "any";
        };
    }

    private static String escape(String database) {
        return URLEncoder.encode(database, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** A string in SQL; {@code standard_conforming_strings} is on in all our sessions. */
    static String literal(String text) {
        return "'" + text.replace("'", "''") + "'";
    }

    /** A name in SQL. */
    static String identifier(String name) {
        return TableName.quote(name);
    }
}
