package org.bottledwater.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * A PostgreSQL server with an empty cluster: superuser {@code postgres}, everyone trusted, UTF-8, locale C, time zone UTC,
 * {@code wal_level=logical}, nothing synced to disk. It listens on the loopback address and on a unix socket.
 */
public final class PostgresServer implements AutoCloseable {

    private final String version;
    private final ServerProcess process;
    private final List<String> command;
    private final int port;
    private final PostgresOptions options;

    private PostgresServer(
            PostgresOptions options, String version, ServerProcess process, List<String> command, int port) {
        this.options = options;
        this.version = version;
        this.process = process;
        this.command = command;
        this.port = port;
    }

    /** Starts the newest minor of this major with the settings of the class description. */
    public static PostgresServer start(String major) {
        return start(PostgresOptions.of(major));
    }

    /** The settings come on top of those of the class description. */
    public static PostgresServer start(String major, Map<String, String> settings) {
        return start(new PostgresOptions(major, settings, List.of(), Map.of()));
    }

    public static PostgresServer start(PostgresOptions options) {
        return start(options, Unprivileged::choose);
    }

    static PostgresServer start(PostgresOptions options, Function<Path, Unprivileged> choice) {
        return start(options, choice, PostgresCluster::create);
    }

    /**
     * Starts a standby of this server (PostgreSQL 12 and later) from a copy of its data, for which this one is stopped and
     * started again; slots are not copied. The settings say whom it follows: {@code primary_conninfo}, or nobody until it
     * is promoted.
     */
    public PostgresServer startStandby(Map<String, String> settings) {
        PostgresOptions all = options;
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            all = all.with(setting.getKey(), setting.getValue());
        }
        stop();
        PostgresServer standby =
                start(all, Unprivileged::choose, (cluster, files) -> cluster.copy(files, process.folder()));
        restart();
        return standby;
    }

    private interface Making {
        /** Returns the command that runs it. */
        List<String> make(PostgresCluster cluster, ServerFiles files);
    }

    private static PostgresServer start(PostgresOptions options, Function<Path, Unprivileged> choice, Making making) {
        ServerFiles files = ServerFiles.find();
        String version = files.postgresVersion(options.major());
        ServerProcess process = ServerProcess.prepare("postgres-" + options.major(), "QUIT");
        boolean started = false;
        try {
            int port = Ports.free();
            Unprivileged user = choice.apply(process.folder());
            List<String> command = making.make(new PostgresCluster(options, process, port, user), files);
            PostgresServer server = new PostgresServer(options, version, process, command, port);
            server.restart();
            started = true;
            return server;
        } finally {
            if (!started) {
                process.close();
            }
        }
    }

    public String host() {
        return Ports.HOST;
    }

    public int port() {
        return port;
    }

    /** The folder of the unix socket, as libpq's {@code host=/folder} wants it. */
    public String socketDirectory() {
        return process.folder().toString();
    }

    /** {@code postgres://postgres@127.0.0.1:PORT/database}. */
    public String uri(String database) {
        return "postgres://postgres@" + Ports.HOST + ":" + port + "/" + database;
    }

    /** The same place for JDBC, with the superuser's name in it. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + Ports.HOST + ":" + port + "/" + database + "?user=postgres";
    }

    /** The version of the binaries, for example {@code 18.6.0}. */
    public String version() {
        return version;
    }

    public long pid() {
        return process.pid();
    }

    public Path log() {
        return process.log();
    }

    /** A "fast" stop: sessions are ended, WAL is written out and sent to the receivers that are connected. */
    public void stop() {
        process.stop("INT");
    }

    /** An "immediate" stop: the next start goes through recovery. */
    public void stopImmediate() {
        process.stop("QUIT");
    }

    /** SIGKILL to the server and its sessions. */
    public void kill() {
        process.kill();
    }

    /** Starts again on the same data and port, after a stop if it still runs. */
    public void restart() {
        stop();
        process.start(command, () -> PostgresProbe.accepts(port));
    }

    /** Ends the server and deletes its data. */
    @Override
    public void close() {
        process.close();
    }
}
