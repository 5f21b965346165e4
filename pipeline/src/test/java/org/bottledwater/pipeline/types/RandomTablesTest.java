package org.bottledwater.pipeline.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.bottledwater.change.Relation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random tables come out the same by every way in, and the server says that the messages are its rows. Longer:
 * {@code -Dbottledwater.random.tables=2000}; a seed again: {@code -Dbottledwater.random.seed=N}.
 */
final class RandomTablesTest {
    private static final int TABLES = Integer.getInteger("bottledwater.random.tables", 25);

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "9.5"})
    void shouldSayWhatTheServerSays(String version) throws SQLException {
        long seed = Long.getLong("bottledwater.random.seed", System.nanoTime());
        System.out.println("random tables on " + version + ": -Dbottledwater.random.seed=" + seed);
        try (TypeTables tables = TypeTables.random(version, new Random(seed), TABLES)) {
            Map<String, EncodedRows> ways = WaysIn.read(tables);
            EncodedRows copied = ways.get(WaysIn.COPY);
            Oracle oracle = new Oracle(tables.connection());
            SoftAssertions all = new SoftAssertions();
            long refused = 0;
            for (String table : tables.types.keySet()) {
                Relation relation = copied.relations.get(table);
                all.assertThat(oracle.differences(relation, Oracle.read(relation, copied.rows.get(table))))
                        .as("seed=%s: %s", seed, tables.types.get(table))
                        .isEmpty();
                refused += copied.rows.get(table).stream()
                        .filter(EncodedRows.REFUSED::equals)
                        .count();
            }
            ways.forEach((way, rows) -> tables.types.forEach((table, sql) -> {
                // What has no binary form that we read is not in the binary stream.
                if (rows.rows.containsKey(table) || !way.equals("pgoutput_binary")) {
                    all.assertThat(rows.rows.get(table))
                            .as("seed=%s: %s: %s", seed, way, sql)
                            .isEqualTo(copied.rows.get(table));
                }
            }));
            all.assertAll();
            long rows = copied.rows.values().stream()
                    .mapToLong(java.util.List::size)
                    .sum();
            // One in twenty or so; chance makes it one in ten now and then.
            assertThat(refused)
                    .as("seed=%s: rows that the mapping cannot hold, of %s", seed, rows)
                    .isLessThan(rows / 4);
        }
    }
}
