package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;

/** A slot is handed over while an instance that nothing fences begins. */
final class HandOverTest {
    private static final String COMMAND_HAS_LOOKED = "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'idle'"
            + " AND query LIKE '%application_name = %' AND state_change < clock_timestamp() - interval '2 s'";

    /** It had no session when the command looked, and has one before the mark is written. */
    @Test
    void shouldTakeTheMarkBackWhereAnInstanceHasBegunMeanwhile() throws Exception {
        try (TestBed bed = TestBed.on("18");
                KafkaProducer<byte[], byte[]> hanging = transactional()) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings = new SettingsBuilder(bed.settings())
                    .delivery(Delivery.AT_LEAST_ONCE)
                    .build();
            try (Running first = Running.of(settings)) {
                first.awaitStreaming();
            }
            // The command waits for the end of this transaction before it knows the checkpoint.
            hanging.initTransactions();
            hanging.beginTransaction();
            hanging.send(new ProducerRecord<>(
                            CheckpointTopic.DEFAULT_NAME, "another".getBytes(StandardCharsets.UTF_8), null))
                    .get();
            CompletableFuture<CheckpointTransfer.Moved> export = CompletableFuture.supplyAsync(() -> export(settings));
            Waiting.until(
                    "the command has looked for sessions",
                    () -> bed.query(COMMAND_HAS_LOOKED).equals(List.of("1")));
            try (Connection instance = bed.connect()) {
                instance.setClientInfo("ApplicationName", Settings.sessionsOf(settings.slot()));
                hanging.abortTransaction();
                assertThatThrownBy(() -> export.get(120, TimeUnit.SECONDS))
                        .hasMessageContaining("slot " + settings.slot() + " is in use")
                        .hasMessageContaining("stop the instance");
                assertThat(instance.isClosed()).isFalse();
            }
            try (Running again = Running.of(settings)) {
                again.awaitStreaming();
            }
            assertThat(CheckpointTransfer.export(settings).tables()).isEqualTo(1);
        }
    }

    private static CheckpointTransfer.Moved export(Settings settings) {
        try {
            return CheckpointTransfer.export(settings);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static KafkaProducer<byte[], byte[]> transactional() {
        return new KafkaProducer<>(
                Map.of("bootstrap.servers", TestBed.kafka().bootstrapServers(), "transactional.id", "hand-over"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
    }
}
