package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The message key is the primary key of the time at which the row was written. */
final class KeyChangeTest {
    /** A running test_decoding decoder does not notice it by inserts: docs/guarantees.md says so. */
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
                topic.await(2);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages().stream().map(message -> message.key().toString()))
                    .containsExactly("{\"id\":1}", "{\"item\":\"b\"}");
        }
    }
}
