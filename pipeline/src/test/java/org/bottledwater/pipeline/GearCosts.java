package org.bottledwater.pipeline;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.bottledwater.change.Lsn;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Waiting;

/**
 * What a backlog costs in each gear, in processor time, so that it can be measured on a machine that has other things to do. Each
 * workload has its slots from before it was written, one for each gear and repeat, and they are read in turn. Not a
 * test; {@code docs/performance.md} has its figures and says how to run it.
 */
final class GearCosts {
    private static final Optional<CatchUpPolicy> ALWAYS = Optional.of(new CatchUpPolicy(1 << 20, 64 << 20, 1L << 30));

    private static final int PARTS = 5;

    private final TestBed bed;
    private final int repeats;

    private GearCosts(TestBed bed, int repeats) {
        this.bed = bed;
        this.repeats = repeats;
    }

    /** What one reading has used. */
    private record Cost(double serverSeconds, double ownSeconds, double wallSeconds, long stretches) {}

    /** @param arguments the major version, the repeats, and rows of a transaction by number of transactions: 1x100000 10x30000 */
    public static void main(String[] arguments) throws Exception {
        try (TestBed bed = TestBed.on(PostgresOptions.of(arguments[0])
                .with("max_replication_slots", "30")
                .with("max_wal_size", "4GB")
                .with("shared_buffers", "256MB"))) {
            GearCosts costs = new GearCosts(bed, Integer.parseInt(arguments[1]));
            System.out.println(
                    "rows x transactions; gear; rows/s; of the server, us/row; of this program, us/row; stretches");
            for (String workload : Arrays.asList(arguments).subList(2, arguments.length)) {
                String[] parts = workload.split("x", 2);
                costs.measure(workload, Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
            }
        }
        System.exit(0);
    }

    private void measure(String workload, int rows, int transactions) throws Exception {
        bed.sql(
                "DROP TABLE IF EXISTS item",
                "CREATE TABLE item (id bigint PRIMARY KEY, a text, b text, c int, d timestamptz, e numeric(12,2),"
                        + " f boolean, g text)");
        List<Settings> stream = new ArrayList<>();
        List<Settings> stretches = new ArrayList<>();
        for (int i = 0; i <= repeats; i++) {
            stream.add(settings("s" + i, Optional.empty()));
            stretches.add(settings("g" + i, ALWAYS));
        }
        for (int i = 0; i <= repeats; i++) {
            Running.of(stream.get(i)).awaitStreaming().close();
            Running.of(stretches.get(i)).awaitStreaming().close();
        }
        for (int part = 0; part < PARTS; part++) {
            bed.sql(
                    "DO $$ BEGIN FOR t IN " + (long) transactions * part / PARTS + ".."
                            + ((long) transactions * (part + 1) / PARTS - 1)
                            + " LOOP INSERT INTO item SELECT t::bigint * "
                            + rows + " + i, md5(i::text), md5(t::text), i, now(), i / 7.0, i % 2 = 0, repeat('x', 40)"
                            + " FROM generate_series(1, " + rows + ") i; COMMIT; END LOOP; END $$",
                    // As the server does by itself every 15 seconds, it says which transactions run.
                    "CHECKPOINT");
        }
        long end = Lsn.parse(bed.query("SELECT pg_current_wal_lsn()").get(0));
        long total = (long) rows * transactions;
        for (int i = 0; i <= repeats; i++) {
            // The first of each warms this virtual machine up.
            print(workload, i == 0 ? "warm-up stream" : "stream", read(stream.get(i), end), total);
            print(workload, i == 0 ? "warm-up stretches" : "stretches", read(stretches.get(i), end), total);
        }
        for (Settings each : stream) {
            bed.sql("SELECT pg_drop_replication_slot('" + each.slot() + "')");
        }
        for (Settings each : stretches) {
            bed.sql("SELECT pg_drop_replication_slot('" + each.slot() + "')");
        }
    }

    private Settings settings(String suffix, Optional<CatchUpPolicy> catchUp) {
        return new SettingsBuilder(bed.settings())
                .called(bed.name + suffix + System.nanoTime())
                .format(OutputFormat.AVRO)
                .catchUp(catchUp)
                .build();
    }

    private Cost read(Settings settings, long end) throws Exception {
        double server = serverSeconds();
        double own = ownSeconds();
        long begun = System.nanoTime();
        try (Running running = Running.of(settings)) {
            Waiting.until("everything is there", java.time.Duration.ofMinutes(10), () -> {
                if (running.failureSoFar().isPresent()) {
                    throw new AssertionError(running.failureSoFar().get());
                }
                return !Lsn.isBefore(running.status().safeLsn(), end)
                        && bed.query("SELECT confirmed_flush_lsn >= '" + Lsn.toString(end)
                                        + "' AND active FROM pg_replication_slots WHERE slot_name = '" + settings.slot()
                                        + "'")
                                .contains("t");
            });
            return new Cost(
                    serverSeconds() - server,
                    ownSeconds() - own,
                    (System.nanoTime() - begun) / 1e9,
                    running.status().stretches());
        }
    }

    private static void print(String workload, String gear, Cost cost, long rows) {
        System.out.printf(
                Locale.ROOT,
                "%s; %s; %.0f; %.2f; %.2f; %d%n",
                workload,
                gear,
                rows / cost.wallSeconds(),
                cost.serverSeconds() * 1e6 / rows,
                cost.ownSeconds() * 1e6 / rows,
                cost.stretches());
    }

    /** Of this process; Kafka is another. */
    private static double ownSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    /** Of all processes of the server, those that have ended too. */
    private double serverSeconds() throws IOException, SQLException {
        long ticks = 0;
        long postmaster = bed.postgres.pid();
        try (var processes = Files.list(Path.of("/proc"))) {
            for (Path process : processes.toList()) {
                ticks += ticks(process, postmaster);
            }
        }
        return ticks / 100.0;
    }

    /** Manual page proc(5): the fields behind the name; 4 ppid, 14-15 own time, 16-17 that of children that ended. */
    private static long ticks(Path process, long postmaster) {
        try {
            String stat = Files.readString(process.resolve("stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            boolean server = stat.startsWith(postmaster + " ");
            if (!server && Long.parseLong(fields[1]) != postmaster) {
                return 0;
            }
            long own = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return server ? own + Long.parseLong(fields[13]) + Long.parseLong(fields[14]) : own;
        } catch (IOException | IndexOutOfBoundsException e) {
            // No process, or one that has just ended.
            return 0;
        }
    }
}
