package org.bottledwater.pipeline.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bottledwater.avro.TypeTable;
import org.bottledwater.postgres.BlockRange;
import org.bottledwater.postgres.Catalog;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.ReplicationStream;
import org.bottledwater.postgres.SlotCreation;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.SnapshotReader;
import org.bottledwater.postgres.StreamOptions;
import org.bottledwater.postgres.Table;

/** All the ways by which rows come in. */
final class WaysIn {
    static final String COPY = "copy";

    private WaysIn() {}

    /** A way to read the stream; the slot has the same name. */
    private record Way(String name, Plugin plugin, boolean binary) {}

    private static List<Way> ways(int major) {
        Way printed = new Way("test_decoding", Plugin.TEST_DECODING, false);
        Way text = new Way("pgoutput_text", Plugin.PGOUTPUT, false);
        Way binary = new Way("pgoutput_binary", Plugin.PGOUTPUT, true);
        return major >= 14 ? List.of(printed, text, binary) : major >= 10 ? List.of(printed, text) : List.of(printed);
    }

    /** Copies the tables, has their rows written again, and streams them by everything that the version can. */
    static Map<String, EncodedRows> read(TypeTables tables) throws SQLException {
        try (Postgres postgres = Postgres.connect(tables.address())) {
            publish(tables, postgres);
            Slots slots = new Slots(postgres);
            Map<String, EncodedRows> ways = new LinkedHashMap<>();
            try (SlotCreation creation = slots.create("of_the_copy", Plugin.TEST_DECODING)) {
                ways.put(COPY, copy(tables, creation));
            }
            ways(tables.major())
                    .forEach(way -> slots.create(way.name(), way.plugin()).close());
            tables.writeAgain();
            for (Way way : ways(tables.major())) {
                ways.put(way.name(), stream(tables, postgres, way));
            }
            return ways;
        }
    }

    /** What has no binary form that we read is asked for in text; those tables are not in the binary publication. */
    private static void publish(TypeTables tables, Postgres postgres) throws SQLException {
        if (tables.major() < 10) {
            return;
        }
        tables.execute("CREATE PUBLICATION pgoutput_text FOR ALL TABLES");
        Catalog catalog = new Catalog(postgres);
        String binary = catalog.tables().stream()
                .filter(table -> catalog.relation(table).columns().stream()
                        .allMatch(column -> TypeTable.readsBinary(column.type())))
                .map(table -> table.name().table())
                .collect(Collectors.joining(", "));
        tables.execute("CREATE PUBLICATION pgoutput_binary FOR TABLE " + binary);
    }

    private static EncodedRows copy(TypeTables tables, SlotCreation creation) {
        EncodedRows rows = new EncodedRows();
        try (SnapshotReader reader = SnapshotReader.open(tables.address(), creation.snapshotName())) {
            for (Table table : reader.catalog().tables()) {
                reader.copy(reader.catalog().relation(table), BlockRange.WHOLE, TypeTable::readsBinary, rows::insert);
            }
        }
        return rows;
    }

    private static EncodedRows stream(TypeTables tables, Postgres postgres, Way way) {
        EncodedRows rows = new EncodedRows();
        List<String> publications = way.plugin() == Plugin.PGOUTPUT ? List.of(way.name()) : List.of();
        StreamOptions options = new StreamOptions(
                way.name(),
                way.plugin(),
                publications,
                way.binary(),
                false,
                0,
                postgres.serverVersion(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(60));
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try (Postgres resolving = Postgres.connect(tables.address());
                ReplicationStream stream = ReplicationStream.start(
                        tables.address(), options, new Catalog(resolving).resolver(List.of()))) {
            while (!rows.isComplete()) {
                stream.poll(rows);
                assertThat(System.nanoTime()).as("%s within 60 s", way).isLessThan(deadline);
            }
        }
        return rows;
    }
}
