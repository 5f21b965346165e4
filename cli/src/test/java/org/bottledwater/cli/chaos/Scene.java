package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.bottledwater.change.Lsn;

/** What a {@link Fault} can get hold of: the servers, the running programs and the database that is copied. */
final class Scene implements AutoCloseable {
    private static final AtomicInteger COUNTER = new AtomicInteger();

    /** Of the database, the slot and the topics' prefix. */
    private final String name;

    private final Servers servers;
    private final Workload workload;
    private final List<String> program;
    private final List<String> names;
    private final List<String> arguments;
    private final Path folder;
    private final Path agent;
    private final boolean copying;
    private final List<Instance> instances = new ArrayList<>();
    private int rivals;
    private int columns;

    private Scene(Servers servers, String name, Workload workload, Round.Plan plan, Path folder) throws IOException {
        this.name = name;
        this.servers = servers;
        this.workload = workload;
        this.folder = folder;
        this.agent = Failpoints.agent(folder);
        this.program = Round.program();
        this.copying = plan.kind() == Round.Kind.SNAPSHOT;
        this.names = new ArrayList<>(servers.arguments(name));
        names.addAll(List.of("--slot=" + name, "--topic-prefix=" + name));
        this.arguments = new ArrayList<>(names);
        arguments.addAll(List.of(
                "--partitions=3",
                // The judge wants to see every message.
                "--topic-config=cleanup.policy=delete",
                "--topic-config=retention.ms=-1"));
        arguments.addAll(plan.arguments());
    }

    static Scene set(Servers servers, Round.Plan plan, Path folder) throws IOException, SQLException {
        String name = "chaos" + COUNTER.incrementAndGet();
        try (Connection admin = DriverManager.getConnection(servers.postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        }
        Workload workload = Workload.prepare(servers.postgres.jdbcUrl(name), plan.pace(), plan.rows());
        return new Scene(servers, name, workload, plan, folder);
    }

    Servers servers() {
        return servers;
    }

    Workload workload() {
        return workload;
    }

    Topics topics() {
        return new Topics(servers.kafka.bootstrapServers(), servers.registry.url(), name);
    }

    /** The options of every command that has to do with this copy. */
    List<String> names() {
        return names;
    }

    void startInstances(int count) {
        for (int i = 0; i < count; i++) {
            instances.add(new Instance(program, arguments, folder.resolve("program-" + i + ".log"), agent));
        }
    }

    List<Instance> instances() {
        return instances;
    }

    Instance instance(Random random) {
        return instances.get(random.nextInt(instances.size()));
    }

    /** Another one for a while, with the same slot. */
    Instance rival() {
        return new Instance(program, arguments, folder.resolve("rival-" + ++rivals + ".log"), agent);
    }

    Failpoint failpoint(Random random) {
        List<Failpoint> points = Arrays.stream(Failpoint.values())
                .filter(point -> copying || point.isOfStream())
                .toList();
        return points.get(random.nextInt(points.size()));
    }

    void terminateWalsender() throws SQLException {
        // Or what reads in stretches, which does not read the slot between them, but has its lock.
        query(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT active_pid FROM pg_replication_slots WHERE slot_name = '"
                        + name + "' UNION SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database ="
                        + " (SELECT oid FROM pg_database WHERE datname = current_database())) reader (pid)");
    }

    /** Adds a column, so that the next row takes a new schema. */
    void changeSchema(Random random) throws SQLException {
        Workload.Table table = Workload.TABLES.get(random.nextInt(Workload.TABLES.size()));
        try (Connection session = workload.connect();
                Statement statement = session.createStatement()) {
            statement.execute("ALTER TABLE " + table.name() + " ADD COLUMN extra" + ++columns + " int");
        } catch (SQLException e) {
            if (!"40P01".equals(e.getSQLState())) {
                throw e;
            }
            // A deadlock: the application goes first.
        }
    }

    /** Up to where the program has confirmed. */
    long confirmed() throws SQLException {
        return Lsn.parse(query("SELECT coalesce((SELECT confirmed_flush_lsn FROM pg_replication_slots"
                + " WHERE slot_name = '" + name + "'), '0/0')::text"));
    }

    long end() throws SQLException {
        return Lsn.parse(query("SELECT pg_current_wal_lsn()::text"));
    }

    private String query(String sql) throws SQLException {
        try (Connection session = workload.connect();
                Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Override
    public void close() {
        workload.close();
        instances.forEach(Instance::close);
    }
}
