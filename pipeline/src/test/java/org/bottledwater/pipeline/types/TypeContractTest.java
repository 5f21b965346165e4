package org.bottledwater.pipeline.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.change.Relation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshot and stream agree to the byte, for every type, by every way in, as column and as key. */
final class TypeContractTest {
    private static final String BEGIN = "<!-- types: begin -->\n";
    private static final String END = "<!-- types: end -->\n";

    /** The version that knows all the types. */
    private static final int PAGE_MAJOR = 18;

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "9.5"})
    void shouldGiveTheSameBytesByEveryWayIn(String version) throws SQLException {
        try (TypeTables tables = TypeTables.ofEveryType(version)) {
            Map<String, EncodedRows> ways = WaysIn.read(tables);
            EncodedRows copied = ways.get(WaysIn.COPY);
            assertThat(copied.rows.keySet()).containsExactlyInAnyOrderElementsOf(tables.types.keySet());
            saysWhatTheServerSays(tables, copied);
            ways.remove(WaysIn.COPY);
            ways.forEach((way, rows) -> same(way, tables, copied, rows));
        }
    }

    /** The copy speaks for all the other ways, which have to give the same bytes. */
    private static void saysWhatTheServerSays(TypeTables tables, EncodedRows copied) throws SQLException {
        Oracle oracle = new Oracle(tables.connection());
        SoftAssertions all = new SoftAssertions();
        Map<String, Map<Integer, String>> printed = new TreeMap<>();
        for (Map.Entry<String, String> type : tables.types.entrySet()) {
            if (type.getKey().startsWith("v_")) {
                Relation relation = copied.relations.get(type.getKey());
                all.assertThat(oracle.differences(relation, Oracle.read(relation, copied.rows.get(type.getKey()))))
                        .as(type.getValue())
                        .isEmpty();
                printed.put(type.getKey(), tables.printed(type.getKey()));
            }
        }
        all.assertAll();
        if (tables.major() == PAGE_MAJOR) {
            checkPage(TypesPage.table(tables, copied, printed));
        }
    }

    private static void checkPage(String table) {
        Path page = Path.of("..", "docs", "types.md").toAbsolutePath().normalize();
        try {
            String text = Files.readString(page);
            String expected =
                    text.substring(0, text.indexOf(BEGIN) + BEGIN.length()) + table + text.substring(text.indexOf(END));
            if (Boolean.getBoolean("docs.update")) {
                Files.writeString(page, expected);
            }
            assertThat(Files.readString(page))
                    .as("to bring it up to date: mvn test -pl pipeline -Dtest=TypeContractTest -Ddocs.update=true")
                    .isEqualTo(expected);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void same(String way, TypeTables tables, EncodedRows copied, EncodedRows streamed) {
        SoftAssertions all = new SoftAssertions();
        tables.types.forEach((table, type) -> {
            if (way.equals("pgoutput_binary") && !streamed.rows.containsKey(table)) {
                all.assertThat(copied.relations.get(table).columns())
                        .as("%s is left out of the binary stream", type)
                        .anyMatch(column -> !TypeTable.readsBinary(column.type()));
                return;
            }
            all.assertThat(streamed.rows.get(table)).as("%s: %s", way, type).isEqualTo(copied.rows.get(table));
            if (table.startsWith("k_")) {
                all.assertThat(streamed.keys.get(table))
                        .as("%s: key %s", way, type)
                        .isEqualTo(copied.keys.get(table));
                all.assertThat(streamed.oldKeys.get(table))
                        .as("%s: old key %s", way, type)
                        .isEqualTo(copied.keys.get(table));
            }
        });
        all.assertAll();
    }
}
