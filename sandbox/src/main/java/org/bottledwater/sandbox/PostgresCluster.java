package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The data folder of a server, made by {@code initdb} and configured. */
record PostgresCluster(PostgresOptions options, ServerProcess process, int port, Unprivileged user) {

    private static final Duration INITDB_LIMIT = Duration.ofMinutes(2);

    /** Returns the command that runs the server on it. */
    List<String> create(ServerFiles files) {
        user.own(process.folder());
        Path programs = home(files).resolve("bin");
        List<String> initdb = new ArrayList<>(user.prefix());
        initdb.addAll(List.of(programs.resolve("initdb").toString(), "-D", data().toString(), "-U", "postgres"));
        initdb.addAll(List.of("-A", "trust", "-E", "UTF8", "--locale=C", "-N"));
        Programs.run("postgres: initdb", initdb, process.log(), INITDB_LIMIT);
        configure();
        return command(programs);
    }

    /**
     * Makes it a standby of a server that does not run just now, by copying its data without its slots, as
     * {@code pg_basebackup} does. Returns the command that runs it.
     */
    List<String> copy(ServerFiles files, Path primary) {
        user.own(process.folder());
        Path programs = home(files).resolve("bin");
        List<String> copy = List.of("cp", "-a", primary.resolve("data").toString(), data().toString());
        Programs.run("postgres: copy", copy, process.log(), INITDB_LIMIT);
        Path slots = data().resolve("pg_replslot");
        List<String> clear = List.of("find", slots.toString(), "-mindepth", "1", "-delete");
        Programs.run("postgres: copy", clear, process.log(), INITDB_LIMIT);
        try {
            Files.writeString(data().resolve("standby.signal"), "");
        } catch (IOException e) {
            throw new UncheckedIOException("postgres: could not make a standby, folder=" + data(), e);
        }
        configure();
        return command(programs);
    }

    private Path data() {
        return process.folder().resolve("data");
    }

    private List<String> command(Path programs) {
        List<String> command = new ArrayList<>(user.prefix());
        if (!options.environment().isEmpty()) {
            command.add("env");
            options.environment().forEach((name, value) -> command.add(name + "=" + value));
        }
        command.addAll(List.of(programs.resolve("postgres").toString(), "-D", data().toString()));
        return command;
    }

    private Path home(ServerFiles files) {
        if (!user.isSomeoneElse()) {
            return files.postgresHome(options.major());
        }
        // The checkout may lie below a folder that is closed to others, as root's home is.
        Path home = process.folder().resolve("postgres");
        try {
            Archives.unpackTxzInJar(files.postgresArchive(options.major()), home);
        } catch (IOException e) {
            throw new UncheckedIOException("postgres: could not unpack, folder=" + home, e);
        }
        return home;
    }

    /** Of a setting that comes twice the later one counts. */
    private void configure() {
        Path data = data();
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("port", Integer.toString(port));
        settings.put("listen_addresses", Ports.HOST);
        settings.put("unix_socket_directories", process.folder().toString());
        settings.put("fsync", "off");
        settings.put("wal_level", "logical");
        settings.put("max_wal_senders", "20");
        settings.put("max_replication_slots", "20");
        settings.put("timezone", "UTC");
        settings.put("log_timezone", "UTC");
        // Shared memory outside the folder would stay behind after SIGKILL.
        settings.put("dynamic_shared_memory_type", "mmap");
        settings.putAll(options.settings());

        StringBuilder conf = new StringBuilder("\n");
        settings.forEach((name, value) -> conf.append(name)
                .append(" = '")
                .append(value.replace("'", "''"))
                .append("'\n"));
        List<String> hba = new ArrayList<>(options.hba());
        hba.add("local all all trust");
        hba.add("host all all 127.0.0.1/32 trust");
        hba.add("local replication all trust");
        hba.add("host replication all 127.0.0.1/32 trust");
        try {
            Files.writeString(data.resolve("postgresql.conf"), conf, StandardOpenOption.APPEND);
            Files.write(data.resolve("pg_hba.conf"), hba);
        } catch (IOException e) {
            throw new UncheckedIOException("postgres: could not write its configuration, folder=" + data, e);
        }
    }
}
