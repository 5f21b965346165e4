package org.bottledwater.cli.schema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bottledwater.cli.Program;
import org.bottledwater.cli.schema.SchemaModel.Table;
import org.bottledwater.sandbox.Sandbox;
import org.bottledwater.sandbox.Waiting;
import org.jspecify.annotations.Nullable;

/**
 * Steps while the program is down and while it runs, kills and stops between them, and the judge whenever all is quiet. The
 * program never ends by itself.
 */
final class SchemaRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(Long.getLong("patience", 60));
    private static final int STEPS_AT_A_TIME = 120;
    private static final int PAUSE_MILLIS_MAX = 30;

    private final Plan plan;
    private final Sandbox servers;
    private final Path folder;
    private final Dice dice;
    private final Connection session;
    private final Application application;
    private final FoldedTopics topics;
    private final SchemaJudge judge;
    private @Nullable Program program;
    private int done;
    private int starts;
    private int kills;
    private int judged;
    private int audits;

    private SchemaRun(Sandbox servers, Plan plan, Path folder) throws SQLException, IOException {
        this.plan = plan;
        this.servers = servers;
        this.folder = folder;
        this.dice = new Dice(plan.seed());
        empty(folder);
        try (Connection admin = DriverManager.getConnection(servers.postgres().jdbcUrl("postgres"));
                Statement statement = admin.createStatement()) {
            statement.execute("CREATE DATABASE " + plan.name());
        }
        session = connect();
        application = new Application(connect(), plan, dice, folder.resolve("steps.sql"));
        topics = new FoldedTopics(servers.kafka().bootstrapServers(), plan.name(), Set.of(TopicNaming.CHECKPOINTS));
        judge = new SchemaJudge(
                session,
                plan,
                topics,
                new Payloads(plan.json(), servers.registry().url()));
    }

    private static void empty(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(servers.postgres().jdbcUrl(plan.name()));
    }

    /** What an earlier run has written, or nothing. */
    private static List<String> script() throws IOException {
        String file = System.getProperty("replay", "");
        return file.isEmpty() ? List.of() : Files.readAllLines(Path.of(file));
    }

    /** Returns what was done; fails with the seed, the step and the last statements. */
    static String run(Sandbox servers, Plan plan, Path folder) throws Exception {
        List<String> script = script();
        try (SchemaRun run = new SchemaRun(servers, plan, folder)) {
            try {
                if (script.isEmpty()) {
                    run.play();
                } else {
                    run.replay(script);
                }
            } catch (AssertionError | SQLException | IOException e) {
                throw new AssertionError(
                        e.getMessage() + "\n  " + plan + "\n  " + run.amounts() + "\n  replay with -Dseed="
                                + plan.seed()
                                + "; everything that was done and the program's log are in " + folder
                                + "\n  the last statements:\n    " + String.join("\n    ", run.application.last()),
                        e);
            }
            return plan + " " + run.amounts();
        }
    }

    private String amounts() {
        return "step=" + done + " starts=" + starts + " kills=" + kills + " judged=" + judged + " audits=" + audits
                + " messages=" + topics.messages() + " refused=" + application.refused();
    }

    private void play() throws Exception {
        application.begin();
        while (done < plan.steps()) {
            if (starts > 0) {
                steps(false);
            }
            start();
            if (dice.percent(60)) {
                awaitStream();
            }
            steps(true);
            if (done < plan.steps() && dice.percent(30)) {
                kill();
                continue;
            }
            Rows rows = quiet(dice.percent(15));
            if (done >= plan.steps() || dice.percent(25)) {
                audit();
            }
            if (dice.percent(40)) {
                kill();
            } else {
                stop();
            }
            judge(rows);
        }
    }

    /** What an earlier run has written; where it was quiet, the topics are the tables. */
    private void replay(List<String> script) throws Exception {
        for (String line : script) {
            switch (line) {
                case "--! start" -> start();
                case "--! stream" -> awaitStream();
                case "--! stop" -> stop();
                case "--! kill" -> kill();
                case "--! judge" -> await(new Rows(Set.of(), Set.of()));
                case "--! audit" -> audit();
                default -> {
                    if (!line.startsWith("--") && !line.isBlank()) {
                        application.again(line.replaceFirst(";$", ""));
                    }
                }
            }
        }
    }

    private void steps(boolean up) throws SQLException, InterruptedException {
        int count = Math.min(plan.steps() - done, dice.between(1, up ? 2 * STEPS_AT_A_TIME : STEPS_AT_A_TIME));
        for (int i = 0; i < count; i++) {
            application.step();
            done++;
            if (up && dice.percent(20)) {
                TimeUnit.MILLISECONDS.sleep(dice.below(PAUSE_MILLIS_MAX));
            }
        }
    }

    private void start() throws IOException {
        application.note("start");
        starts++;
        program = Program.start(folder.resolve("program.log"), arguments(plan.runArguments()));
    }

    private Program running() {
        Program running = program;
        if (running == null) {
            throw new AssertionError("it was not started");
        }
        if (!running.isAlive()) {
            throw new AssertionError("the program ended by itself:" + tail(running));
        }
        return running;
    }

    private void stop() throws InterruptedException {
        application.note("stop");
        Program ending = running();
        int code = ending.stop();
        if (code != 0) {
            throw new AssertionError("it did not stop in order: exitCode=" + code + tail(ending));
        }
    }

    private void kill() throws InterruptedException {
        application.note("kill");
        kills++;
        running().kill();
    }

    private static String tail(Program program) {
        List<String> lines = program.output().lines().toList();
        return "\n    " + String.join("\n    ", lines.subList(Math.max(0, lines.size() - 12), lines.size()));
    }

    private void awaitStream() throws InterruptedException {
        application.note("stream");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!slotIsRead()) {
            Program starting = running();
            if (System.nanoTime() > deadline) {
                throw new AssertionError("it does not come to the changes:" + tail(starting));
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private boolean slotIsRead() {
        try {
            return ask("SELECT coalesce((SELECT active FROM pg_replication_slots WHERE slot_name = '" + plan.name()
                    + "'), false)");
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    /** What the judge takes into account. */
    private record Rows(Set<Long> fresh, Set<Long> stale) {}

    /** Waits until all is there, and compares. */
    private Rows quiet(boolean all) throws SQLException, InterruptedException {
        Set<Long> stale = application.freshen(all);
        Set<Long> fresh = new HashSet<>();
        if (all) {
            SchemaModel.read(session, plan.publicationName()).tables().stream()
                    .map(Table::oid)
                    .filter(oid -> !stale.contains(oid))
                    .forEach(fresh::add);
        }
        Rows rows = new Rows(fresh, stale);
        await(rows);
        return rows;
    }

    private void await(Rows rows) throws SQLException, InterruptedException {
        application.note("judge");
        String end = single("SELECT pg_current_wal_lsn()::text");
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        List<String> differences = List.of("nothing was compared");
        while (!differences.isEmpty()) {
            running();
            if (System.nanoTime() > deadline) {
                throw new AssertionError(
                        "the topics are not the tables: differences=" + differences.size() + shown(differences));
            }
            TimeUnit.MILLISECONDS.sleep(50);
            differences = isConfirmed(end)
                    ? judge.differences(rows.fresh(), rows.stale())
                    : List.of("not everything is confirmed: until=" + end);
        }
        judged++;
    }

    private boolean isConfirmed(String end) throws SQLException {
        return ask("SELECT coalesce((SELECT confirmed_flush_lsn >= '" + end
                + "' FROM pg_replication_slots WHERE slot_name = '" + plan.name() + "'), false)");
    }

    /** The program is down, and was quiet before. */
    private void judge(Rows rows) throws SQLException {
        List<String> differences = judge.differences(rows.fresh(), rows.stale());
        if (!differences.isEmpty()) {
            throw new AssertionError("after the end the topics are not the tables: differences=" + differences.size()
                    + shown(differences));
        }
        judged++;
    }

    private static String shown(List<String> differences) {
        return "\n    " + String.join("\n    ", differences.subList(0, Math.min(10, differences.size())));
    }

    /** The program's own proof, next to the program. */
    private void audit() throws Exception {
        application.note("audit");
        audits++;
        List<String> command = new ArrayList<>(List.of("audit"));
        command.addAll(plan.arguments());
        Path log = folder.resolve("audit-" + audits + ".log");
        try (Program audit = Program.start(log, arguments(command))) {
            int code = audit.exitCode();
            // It compares values, and columns that are null by promise are other ones.
            if (code != 0 && !topics.haveUnknown()) {
                throw new AssertionError(
                        "the judge found nothing, but the audit is not clean: exitCode=" + code + tail(audit));
            }
        }
    }

    private String[] arguments(List<String> more) {
        List<String> arguments = new ArrayList<>(more);
        arguments.addAll(List.of(
                "--postgres=" + servers.postgres().uri(plan.name()),
                "--broker=" + servers.kafka().bootstrapServers()));
        if (!plan.json()) {
            arguments.add("--schema-registry=" + servers.registry().url());
        }
        return arguments.toArray(String[]::new);
    }

    private boolean ask(String sql) throws SQLException {
        return single(sql).equals("t");
    }

    private String single(String sql) throws SQLException {
        try (Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** A slot keeps WAL, and the number of slots is limited. */
    @Override
    public void close() throws SQLException, IOException {
        if (program != null) {
            program.close();
        }
        topics.close();
        application.close();
        try (Statement statement = session.createStatement()) {
            statement.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                    + plan.name() + "' AND active");
            Waiting.until("the slot is free", () -> !slotIsRead());
            statement.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                    + plan.name() + "'");
        }
        session.close();
    }
}
