package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.bottledwater.change.TableName;
import org.bottledwater.pipeline.TableFilter;
import org.bottledwater.sandbox.KafkaBroker;
import org.junit.jupiter.api.Test;

/** Several tasks of one connector. */
class DivisionTest {
    private static final int TABLES = 12;

    private static List<TableFilter> filters(String groups, int count) {
        return Division.tasks(Map.of(), count, Optional.empty()).stream()
                .map(task -> Division.of(task, groups).of(TableFilter.ALL))
                .toList();
    }

    @Test
    void shouldGiveEveryTableToOneTaskAndEveryTaskSome() {
        List<TableFilter> filters = filters("", 4);
        Set<Integer> busy = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            TableName table = new TableName("public", "t" + i);
            List<TableFilter> takers =
                    filters.stream().filter(filter -> filter.captures(table)).toList();
            assertThat(takers).as("takers of %s", table).hasSize(1);
            busy.add(filters.indexOf(takers.get(0)));
        }
        assertThat(busy).hasSize(4);
    }

    @Test
    void shouldKeepGroupsTogether() {
        List<TableFilter> filters = filters("orders*,items; log", 4);
        assertThat(filters.get(0).captures(new TableName("public", "orders_old")))
                .isTrue();
        assertThat(filters.get(0).captures(new TableName("public", "items"))).isTrue();
        assertThat(filters.get(1).captures(new TableName("public", "log"))).isTrue();
        assertThat(filters.get(0).captures(new TableName("public", "log"))).isFalse();
        assertThat(filters.get(2).captures(new TableName("public", "log"))).isFalse();
    }

    @Test
    void shouldRefuseGroupsThatLeaveNoTaskForTheOthers() {
        assertThatThrownBy(() -> filters("orders;items", 2))
                .isInstanceOf(WrongOption.class)
                .hasMessageContaining("set tasks.max to 3");
    }

    @Test
    void shouldCopyByASlotOfItsOwnForEachTask() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start();
                Database database = new Database();
                Cluster cluster = Cluster.exactlyOnce(broker)) {
            for (int i = 0; i < TABLES; i++) {
                fill(database, "t" + i);
            }
            cluster.add();
            Map<String, String> config = Cluster.connector(
                    database.uri(),
                    "div",
                    Map.of(
                            "tasks.max",
                            "3",
                            "task.groups",
                            "t0,t1",
                            "header.converter",
                            "org.apache.kafka.connect.converters.ByteArrayConverter"));
            cluster.put("div", config);
            Topics topics = new Topics(broker.bootstrapServers());
            for (int i = 0; i < TABLES; i++) {
                topics.await("div.t" + i, 5);
            }
            assertThat(database.ask("SELECT string_agg(slot_name, ' ' ORDER BY slot_name) FROM pg_replication_slots"))
                    .isEqualTo("div_1 div_2 div_3");
            fill(database, "fresh");
            topics.await("div.fresh", 5);
            for (int i = 0; i < TABLES; i++) {
                database.run("INSERT INTO t" + i + " VALUES (6)");
            }
            database.run("INSERT INTO fresh VALUES (6)");
            for (int i = 0; i < TABLES; i++) {
                topics.await("div.t" + i, 6);
                assertThat(topics.read("div.t" + i)).hasSize(6);
            }
            topics.await("div.fresh", 6);
            assertThat(topics.read("div.fresh")).hasSize(6);
        }
    }

    @Test
    void shouldDivideBySizeAndStayWithIt() throws Exception {
        try (KafkaBroker broker = KafkaBroker.start();
                Database database = new Database();
                Cluster cluster = Cluster.exactlyOnce(broker)) {
            // By their names both would be the second task's.
            fill(database, "big", 3000);
            fill(database, "big2", 3000);
            fill(database, "small", 5);
            cluster.add();
            Map<String, String> config = new TreeMap<>(
                    Cluster.connector(database.uri(), "size", Map.of("tasks.max", "2", "task.division", "size")));
            cluster.put("size", config);
            Topics topics = new Topics(broker.bootstrapServers());
            topics.await("size.big", 3000);
            topics.await("size.big2", 3000);
            topics.await("size.small", 5);
            String members =
                    "SELECT string_agg(pubname || ':' || tablename, ' ' ORDER BY 1) FROM (SELECT pubname, tablename"
                            + " FROM pg_publication_tables WHERE pubname ~ '^size_[12]$' AND tablename LIKE 'big%'"
                            + " ORDER BY 1) t";
            assertThat(database.ask(members)).isEqualTo("size_1:big size_2:big2");

            // Large enough that it would make another division, and a start that divides anew.
            database.run("INSERT INTO small SELECT generate_series(6, 20000)");
            fill(database, "fresh", 5);
            config.put("commit.interval.ms", "100");
            cluster.put("size", config);
            cluster.workers.get(0).kill();
            cluster.workers.get(0).restart();
            topics.await("size.small", 20000);
            topics.await("size.fresh", 5);
            for (String table : List.of("big", "big2", "small", "fresh")) {
                database.run("INSERT INTO " + table + " VALUES (100000)");
            }
            for (Map.Entry<String, Integer> table : Map.of("big", 3001, "big2", 3001, "small", 20001, "fresh", 6)
                    .entrySet()) {
                topics.await("size." + table.getKey(), table.getValue());
                assertThat(topics.read("size." + table.getKey()))
                        .as("messages of %s", table.getKey())
                        .hasSize(table.getValue());
            }
            assertThat(database.ask(members)).isEqualTo("size_1:big size_2:big2");
        }
    }

    private static void fill(Database database, String table) throws SQLException {
        fill(database, table, 5);
    }

    private static void fill(Database database, String table, int rows) throws SQLException {
        database.run(
                "CREATE TABLE " + table + " (id int PRIMARY KEY)",
                "INSERT INTO " + table + " SELECT generate_series(1, " + rows + ")");
    }
}
