package org.bottledwater.cli.schema;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.cli.schema.SchemaModel.Table;

/** Does what was drawn, transaction by transaction, and writes all of it to a file. */
final class Application implements AutoCloseable {
    private static final int REMEMBERED = 12;

    private final Connection session;
    private final Plan plan;
    private final Dice dice;
    private final SchemaSteps steps;
    private final Writer script;
    private final Deque<String> last = new ArrayDeque<>();
    private final Set<Long> reshaped = new HashSet<>();
    private final Map<String, Integer> refused = new TreeMap<>();

    Application(Connection session, Plan plan, Dice dice, Path script) throws SQLException, IOException {
        this.session = session;
        this.plan = plan;
        this.dice = dice;
        this.steps = new SchemaSteps(plan, dice);
        this.script = Files.newBufferedWriter(script);
        run("SET lock_timeout = '30s'");
    }

    /** What there is before the program is started for the first time. */
    void begin() throws SQLException {
        note(plan.toString());
        List<String> first = new ArrayList<>(steps.first(plan.families()));
        if (plan.usersPublication()) {
            first.add("CREATE PUBLICATION mine");
            first.addAll(published(first));
        }
        for (String statement : first) {
            run(statement);
        }
    }

    /** What was done before, and may have been refused then, too. */
    void again(String statement) throws SQLException {
        try {
            run(statement);
        } catch (SQLException e) {
            refuse(e);
        }
    }

    /** What the program has to know of tables that are new, if the publication is the user's. */
    private List<String> published(List<String> statements) {
        return statements.stream()
                .filter(statement -> statement.startsWith("CREATE TABLE ") && !statement.contains(" PARTITION OF "))
                .map(statement ->
                        "ALTER PUBLICATION mine ADD TABLE " + statement.split(" ", 4)[2])
                .toList();
    }

    /** One transaction. */
    void step() throws SQLException {
        int operations = dice.percent(60) ? 1 : dice.between(2, 5);
        boolean apart = operations > 1 && dice.percent(50);
        String end = dice.percent(6) ? "ROLLBACK" : "COMMIT";
        note("transaction");
        run("BEGIN");
        try {
            for (int i = 0; i < operations; i++) {
                run(steps.next(SchemaModel.read(session, plan.publicationName())), apart);
            }
            run(end);
        } catch (SQLException e) {
            refuse(e);
            run("ROLLBACK");
        }
    }

    private void run(Operation operation, boolean apart) throws SQLException {
        if (apart) {
            run("SAVEPOINT s");
        }
        try {
            for (String statement : operation.statements()) {
                run(statement);
                if (plan.usersPublication()) {
                    for (String more : published(List.of(statement))) {
                        run(more);
                    }
                }
            }
            reshaped.addAll(operation.reshaped());
            if (apart && dice.percent(8)) {
                run("ROLLBACK TO SAVEPOINT s");
            }
        } catch (SQLException e) {
            if (!apart) {
                throw e;
            }
            refuse(e);
            run("ROLLBACK TO SAVEPOINT s");
        }
    }

    /** Writes the rows of tables that have another shape once more; returns those where that was refused. */
    Set<Long> freshen(boolean all) throws SQLException {
        note("freshen");
        Set<Long> stale = new HashSet<>();
        SchemaModel model = SchemaModel.read(session, plan.publicationName());
        for (Table table : model.tables()) {
            boolean wanted = all || reshaped.contains(table.oid()) || model.hasRecords(table);
            if (wanted && !table.columns().isEmpty() && !table.isPartition()) {
                try {
                    run(RowSteps.touch(table));
                    reshaped.remove(table.oid());
                } catch (SQLException e) {
                    refuse(e);
                    stale.add(table.oid());
                }
            }
        }
        return stale;
    }

    private void run(String sql) throws SQLException {
        write(sql);
        try (Statement statement = session.createStatement()) {
            statement.execute(sql);
        }
    }

    private void refuse(SQLException e) {
        String what = String.valueOf(e.getMessage())
                .replaceAll("\"[^\"]*\"|\\d+", "…")
                .lines()
                .findFirst()
                .orElse("");
        refused.merge(e.getSQLState() + " " + what, 1, Integer::sum);
        write("-- refused: " + String.valueOf(e.getMessage()).replace('\n', ' '));
    }

    void note(String what) {
        write("--! " + what);
    }

    private void write(String line) {
        try {
            script.write(line.endsWith(";") || line.startsWith("--") ? line + "\n" : line + ";\n");
            script.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        last.addLast(line);
        if (last.size() > REMEMBERED) {
            last.removeFirst();
        }
    }

    List<String> last() {
        return List.copyOf(last);
    }

    Map<String, Integer> refused() {
        return refused;
    }

    @Override
    public void close() throws SQLException, IOException {
        script.close();
        session.close();
    }
}
