package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;

class DivisionBySizeTest {
    private static Placement decide(Database database, int count, String groups) {
        return DivisionBySize.of(config(database.uri(), count, groups)).decide(count);
    }

    private static Map<String, String> config(String uri, int count, String groups) {
        return Cluster.connector(
                uri,
                "div",
                Map.of(
                        "tasks.max",
                        Integer.toString(count),
                        "task.division",
                        "size",
                        "task.groups",
                        groups,
                        "tables",
                        "!public.out"));
    }

    private static TableName table(String name) {
        return new TableName("public", name);
    }

    private static void makeTables(Database database) throws SQLException {
        database.run(
                "CREATE TABLE large (id int PRIMARY KEY, v text)",
                "CREATE TABLE parted (id int PRIMARY KEY, v text) PARTITION BY RANGE (id)",
                "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (6000)",
                "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (6000) TO (100000)",
                "CREATE TABLE tiny (id int PRIMARY KEY, v text)",
                "CREATE TABLE out (id int PRIMARY KEY, v text)",
                "INSERT INTO large SELECT i, repeat('x', 100) FROM generate_series(1, 9000) i",
                "INSERT INTO parted SELECT i, repeat('x', 100) FROM generate_series(1, 12000) i");
    }

    @Test
    void shouldDecideOnce() throws Exception {
        try (Database database = new Database()) {
            makeTables(database);
            Placement first = decide(database, 2, "");
            assertThat(first.tasks()).containsOnlyKeys(table("large"), table("parted"), table("tiny"));
            assertThat(first.task(table("parted"))).isEqualTo(0);
            assertThat(first.task(table("large"))).isEqualTo(1);
            assertThat(first.task(table("tiny"))).isEqualTo(1);

            database.run("INSERT INTO tiny SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i");
            database.run("CREATE TABLE later (id int PRIMARY KEY)");
            assertThat(decide(database, 2, "")).isEqualTo(first);
            assertThat(database.ask("SELECT count(*) FROM pg_publication_tables"))
                    .isEqualTo("0");

            Placement more = decide(database, 3, "");
            assertThat(more.tasks()).containsAllEntriesOf(first.tasks()).containsKey(table("later"));
            assertThat(decide(database, 3, "")).isEqualTo(more);
        }
    }

    @Test
    void shouldLeaveGroupsOut() throws Exception {
        try (Database database = new Database()) {
            makeTables(database);
            Placement placement = decide(database, 3, "large");
            assertThat(placement.tasks()).containsOnlyKeys(table("parted"), table("tiny"));
            assertThat(placement.tasks().values()).doesNotContain(0);
        }
    }

    @Test
    void shouldMoveNothingThatWasDividedByName() throws Exception {
        try (Database database = new Database()) {
            makeTables(database);
            database.run("SELECT pg_create_logical_replication_slot('div_2', 'pgoutput')");
            Placement byName = Placement.byName(2, 0);
            assertThat(decide(database, 2, "")).isEqualTo(byName);
            database.run("SELECT pg_drop_replication_slot('div_2')");
            assertThat(decide(database, 2, "")).isEqualTo(byName);
        }
    }

    @Test
    void shouldSayWhatTheRoleLacks() throws Exception {
        try (Database database = new Database()) {
            database.run("CREATE ROLE plain LOGIN", "CREATE PUBLICATION div_tasks");
            String uri = database.uri().replace("postgres@", "plain@");
            DivisionBySize division = DivisionBySize.of(config(uri, 2, ""));
            assertThatThrownBy(division::requirePossible)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("publication=div_tasks");
            database.run("DROP PUBLICATION div_tasks");
            assertThatThrownBy(division::requirePossible)
                    .isInstanceOf(WrongOption.class)
                    .hasMessageContaining("GRANT CREATE ON DATABASE \"postgres\"");
            // What is kept can be read by everybody.
            Placement kept = decide(database, 2, "");
            division.requirePossible();
            assertThat(division.decide(2)).isEqualTo(kept);
        }
    }

    @Test
    void shouldSayItAtTheSetting() throws Exception {
        try (Database database = new Database()) {
            database.run(
                    "CREATE ROLE plain LOGIN REPLICATION",
                    "CREATE TABLE given (id int PRIMARY KEY)",
                    "GRANT SELECT ON given TO plain",
                    "CREATE PUBLICATION mine FOR TABLE given");
            Map<String, String> config = new TreeMap<>(config(database.uri().replace("postgres@", "plain@"), 2, ""));
            config.put("publication", "mine");
            config.remove("tables");
            List<String> wrong = new BottledWaterSourceConnector()
                    .validate(config).configValues().stream()
                            .flatMap(value -> value.errorMessages().stream().map(error -> value.name() + ": " + error))
                            .toList();
            assertThat(wrong)
                    .singleElement()
                    .asString()
                    .startsWith("task.division: ")
                    .contains("GRANT CREATE");
            config.put("task.division", "name");
            assertThat(new BottledWaterSourceConnector().validate(config).configValues())
                    .allMatch(value -> value.errorMessages().isEmpty());
        }
    }
}
