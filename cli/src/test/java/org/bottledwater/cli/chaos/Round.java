package org.bottledwater.cli.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bottledwater.change.Lsn;
import org.bottledwater.cli.Main;

/** A series of faults, drawn from a seed, while an application writes; then rest, and the judge. */
final class Round {
    private static final Duration RECOVERY = Duration.ofMinutes(3);

    private final Plan plan;
    private final Path folder;
    private final Random random;
    private final List<String> problems = new ArrayList<>();
    private int faults;

    /** What the programs are doing when the faults come. */
    enum Kind {
        /** One follows the changes. */
        STREAM,
        /** One copies the tables, which takes it several attempts. */
        SNAPSHOT,
        /** Two want the same slot. */
        DUEL,
        /** One follows, and may send again. */
        AT_LEAST_ONCE
    }

    /**
     * What is to happen; the seed decides the rest.
     *
     * @param changes the round goes on until the application has caused so many messages
     * @param rows of each table before the start
     */
    record Plan(long seed, Kind kind, int faults, Set<Fault> possible, long changes, int rows, Workload.Pace pace) {
        Plan {
            // In the order of their declaration, on which the seed depends.
            possible = Collections.unmodifiableSet(EnumSet.copyOf(possible));
        }

        /** Whether the program reads in stretches as soon as it is behind at all, as it is after each fault. */
        boolean secondGear() {
            return Long.bitCount(seed * 0x9E37_79B9_7F4A_7C15L) % 2 == 0;
        }

        List<String> arguments() {
            List<String> arguments = new ArrayList<>();
            if (kind == Kind.AT_LEAST_ONCE) {
                arguments.add("--delivery=at-least-once");
            }
            arguments.add("--catch-up-from=" + (secondGear() ? "16kB" : "32MB"));
            return arguments;
        }
    }

    /** How it ended. */
    record Report(
            Plan plan,
            int faults,
            int starts,
            int failpoints,
            long messages,
            long transactions,
            long kafkaTransactions,
            List<String> problems) {
        @Override
        public String toString() {
            return "seed=" + plan.seed() + " kind=" + plan.kind() + " secondGear=" + plan.secondGear() + " faults="
                    + faults
                    + " starts=" + starts + " failpoints=" + failpoints + " messages=" + messages + " transactions="
                    + transactions + " kafkaTransactions=" + kafkaTransactions + " problems=" + problems;
        }
    }

    private Round(Plan plan, Path folder) {
        this.plan = plan;
        this.folder = folder;
        this.random = new Random(plan.seed());
    }

    /** The command that runs the program: that of this build, or the jar that {@code -Dchaos.jar} names. */
    static List<String> program() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        String jar = System.getProperty("chaos.jar", "");
        command.addAll(
                jar.isEmpty()
                        ? List.of("-cp", System.getProperty("java.class.path"), Main.class.getName())
                        : List.of("-jar", jar));
        return command;
    }

    /** @param folder for logs */
    static Report run(Servers servers, Plan plan, Path folder) throws Exception {
        return run(servers, plan, folder, scene -> {});
    }

    /** @param tampering done before the judge comes, who has to find it */
    static Report run(Servers servers, Plan plan, Path folder, Tampering tampering) throws Exception {
        empty(folder);
        Round round = new Round(plan, folder);
        try (Scene scene = Scene.set(servers, plan, folder)) {
            round.play(scene);
            tampering.with(scene);
            return round.judge(scene);
        }
    }

    /** A seed that is replayed must not take what its log said the last time for what it says now. */
    private static void empty(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    /** For a test of the judge. */
    @FunctionalInterface
    interface Tampering {
        void with(Scene scene) throws Exception;
    }

    private void play(Scene scene) throws IOException, SQLException, InterruptedException {
        int count = plan.kind() == Kind.DUEL ? 2 : 1;
        if (plan.kind() == Kind.SNAPSHOT) {
            scene.workload().begin(plan.seed());
            scene.startInstances(count);
        } else {
            scene.startInstances(count);
            await(
                    scene,
                    "the changes are followed",
                    () -> scene.instances().stream().anyMatch(Instance::hasFollowed));
            scene.workload().begin(plan.seed());
        }
        strike(scene);
        while (problems.isEmpty() && scene.workload().changes() < plan.changes()) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
        scene.servers().heal();
        scene.workload().rest();
        long end = scene.end();
        await(scene, "everything is confirmed", () -> !Lsn.isBefore(scene.confirmed(), end));
        audit(scene);
        stop(scene);
    }

    /** The program's own proof, next to the program. */
    private void audit(Scene scene) throws IOException, InterruptedException {
        if (!problems.isEmpty()) {
            return;
        }
        List<String> command = program();
        command.add("audit");
        command.addAll(scene.names());
        Path log = folder.resolve("audit.log");
        Process audit = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!audit.waitFor(RECOVERY.toSeconds(), TimeUnit.SECONDS)) {
            audit.destroyForcibly();
            problems.add("the audit does not end: log=" + log);
        } else if (audit.exitValue() != 0) {
            problems.add("the audit is not clean: exitCode=" + audit.exitValue() + " log=" + log);
        }
    }

    private Report judge(Scene scene) throws IOException, SQLException {
        try (Connection database = scene.workload().connect()) {
            Judge.Verdict verdict = new Judge(
                            database,
                            scene.topics(),
                            new KafkaLog(scene.servers().topics()),
                            plan.kind() != Kind.AT_LEAST_ONCE)
                    .judge();
            problems.addAll(verdict.problems());
            return new Report(
                    plan,
                    faults,
                    scene.instances().stream().mapToInt(Instance::starts).sum(),
                    scene.instances().stream()
                            .mapToInt(Instance::endedAtFailpoint)
                            .sum(),
                    verdict.messages(),
                    verdict.transactions(),
                    verdict.kafkaTransactions(),
                    List.copyOf(problems));
        }
    }

    private void strike(Scene scene) throws SQLException, InterruptedException {
        List<Fault> possible = possible(scene);
        for (faults = 0; faults < plan.faults() && problems.isEmpty(); faults++) {
            Fault fault = possible.get(random.nextInt(possible.size()));
            long confirmed = scene.confirmed();
            Notes.append(folder.resolve("faults.log"), "fault " + (faults + 1) + ": " + fault);
            fault.strike(scene, random);
            if (random.nextInt(3) > 0) {
                await(scene, "it gets on after " + fault, () -> Lsn.isBefore(confirmed, scene.confirmed()));
            }
            TimeUnit.MILLISECONDS.sleep(random.nextInt(1000));
        }
    }

    private List<Fault> possible(Scene scene) {
        return plan.possible().stream()
                .filter(fault -> fault != Fault.KAFKA_DISK_FULL
                        || scene.servers().disk.missing().isEmpty())
                .toList();
    }

    private void stop(Scene scene) throws InterruptedException {
        for (Instance instance : scene.instances()) {
            int code = instance.stop();
            if (code != 0) {
                problems.add("it did not stop in order: exitCode=" + code + " log=" + instance.log());
            }
        }
    }

    /** Asked of the database, which may be away. */
    interface Condition {
        boolean holds() throws SQLException;
    }

    /** For as long as it gets on, however slowly: the machine may be busy with others. */
    private void await(Scene scene, String what, Condition condition) throws InterruptedException {
        long limit = System.nanoTime() + RECOVERY.multipliedBy(5).toNanos();
        long deadline = System.nanoTime() + RECOVERY.toNanos();
        long confirmed = 0;
        while (true) {
            try {
                if (condition.holds()) {
                    return;
                }
                if (confirmed != scene.confirmed()) {
                    confirmed = scene.confirmed();
                    deadline = Math.min(limit, System.nanoTime() + RECOVERY.toNanos());
                }
            } catch (SQLException e) {
                // The server is still coming up.
            }
            if (System.nanoTime() > deadline) {
                problems.add("waited in vain until " + what + " limit=" + RECOVERY);
                // Each writes to its log what its threads are at.
                scene.instances().forEach(instance -> instance.signal("QUIT"));
                Notes.append(folder.resolve("kafka.log"), new Transactions(scene.servers().kafka).toString());
                return;
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }
}
