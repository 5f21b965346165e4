package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The message key is the primary key: when that is another one, all rows come under the new key. */
final class KeyChangeTest {
    @Test
    void shouldFollowAPrimaryKeyThatMovesToAnotherColumn() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.avro(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY, item text NOT NULL)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .plugin(PluginChoice.PGOUTPUT)
                    .format(OutputFormat.AVRO)
                    .build();
            try (Running running = Running.of(settings).awaitStreaming()) {
                bed.sql("INSERT INTO t VALUES (1, 'a')");
                topic.await(1);
                bed.sql(
                        "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (item)",
                        "INSERT INTO t VALUES (2, 'b')");
                topic.awaitExactly(() -> bed.query("SELECT row_to_json(t) FROM t"));
                assertThat(running.failureSoFar()).isEmpty();
            }
            // The row that was there comes under its new key, and its old key is cleared.
            assertThat(topic.messages().stream().map(message -> message.key().toString()))
                    .containsOnlyOnce("{\"item\":\"a\"}")
                    .containsOnlyOnce("{\"item\":\"b\"}")
                    .endsWith("{\"id\":1}");
        }
    }
}
