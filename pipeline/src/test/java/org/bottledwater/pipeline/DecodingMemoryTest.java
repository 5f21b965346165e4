package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A transaction that does not fit into the server's memory goes to its disk while it is decoded. */
final class DecodingMemoryTest {
    /** Both gears; with enough memory nothing is spilled, so that the other half shows that the test can tell. */
    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true", "false,false"})
    void shouldDecodeInAsMuchMemoryAsItIsTold(boolean told, boolean stretches) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.json(bed.topic("item"))) {
            bed.sql(
                    "CREATE TABLE item (id int PRIMARY KEY, name text)",
                    "ALTER DATABASE " + bed.name + " SET logical_decoding_work_mem = '64kB'");
            SettingsBuilder builder = new SettingsBuilder(bed.settings())
                    .tables("item")
                    .catchUp(
                            stretches
                                    ? Optional.of(new CatchUpPolicy(64 << 10, 64 << 20, 256 << 20))
                                    : Optional.empty());
            Settings settings = (told ? builder.decodingMemory(64 << 20) : builder).build();
            Running.of(settings).awaitStreaming().close();
            bed.sql(
                    "INSERT INTO item SELECT i, repeat('x', 200) FROM generate_series(1, 5000) i",
                    "CREATE TABLE elsewhere AS SELECT repeat('y', 100) FROM generate_series(1, 3000)");
            try (Running running = Running.of(settings).awaitStreaming()) {
                topic.await(5000);
                bed.sql("INSERT INTO item VALUES (0, 'after it')");
                topic.await(5001);
                Waiting.until(
                        "it is counted",
                        () -> bed.query("SELECT total_txns > 0 AND (spill_txns > 0) = " + !told
                                        + " FROM pg_stat_replication_slots WHERE slot_name = '" + settings.slot() + "'")
                                .contains("t"));
                assertThat(running.status().stretches()).isEqualTo(stretches ? 1 : 0);
            }
        }
    }
}
