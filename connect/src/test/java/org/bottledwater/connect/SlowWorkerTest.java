package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A worker that takes its time to commit, while the connection to the database breaks. */
class SlowWorkerTest {
    private static final String TOPIC = "slow.t";

    private Database database;
    private Worker worker;

    @BeforeEach
    void start() throws SQLException {
        database = new Database();
        database.run("CREATE TABLE t (id int PRIMARY KEY, filler text)", "INSERT INTO t VALUES (1)");
        worker = new Worker(Cluster.connector(database.uri(), "slow", Map.of("queue.bytes", "65536")));
    }

    @AfterEach
    void stop() throws SQLException {
        worker.task.stop();
        database.close();
    }

    /** Does with records what a worker with transactions does with them, but commits only when it is told to. */
    private static final class Worker implements SourceTaskContext, OffsetStorageReader, TransactionContext {
        final BottledWaterSourceTask task = new BottledWaterSourceTask();
        private final Map<String, String> config;
        private final Set<SourceRecord> commits = new HashSet<>();
        private final Set<SourceRecord> aborts = new HashSet<>();
        private final List<SourceRecord> open = new ArrayList<>();
        private final List<SourceRecord> whole = new ArrayList<>();
        // A record forgets its content when the next ones are asked for.
        private final List<Integer> openIds = new ArrayList<>();
        private final List<Integer> ids = new ArrayList<>();
        private int undone;

        Worker(Map<String, String> config) {
            this.config = config;
            task.initialize(this);
            task.start(config);
        }

        void take() throws InterruptedException {
            List<SourceRecord> batch = task.poll();
            for (SourceRecord entry : batch == null ? List.<SourceRecord>of() : batch) {
                open.add(entry);
                if (entry.topic().equals(TOPIC)) {
                    openIds.add(((Struct) entry.key()).getInt32("id"));
                }
                if (aborts.remove(entry)) {
                    undone += openIds.size();
                    openIds.clear();
                    open.clear();
                } else if (commits.remove(entry)) {
                    ids.addAll(openIds);
                    openIds.clear();
                    whole.addAll(open);
                    open.clear();
                }
            }
        }

        void commit() {
            for (SourceRecord entry : whole) {
                TopicPartition partition = new TopicPartition(entry.topic(), 0);
                task.commitRecord(entry, new RecordMetadata(partition, 0, 0, 0, 0, 0));
            }
            whole.clear();
            task.commit();
        }

        @Override
        public Map<String, String> configs() {
            return config;
        }

        @Override
        public OffsetStorageReader offsetStorageReader() {
            return this;
        }

        @Override
        public PluginMetrics pluginMetrics() {
            throw new UnsupportedOperationException("no metrics here");
        }

        @Override
        public TransactionContext transactionContext() {
            return this;
        }

        @Override
        public <T> Map<String, Object> offset(Map<String, T> partition) {
            return Map.of();
        }

        @Override
        public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> partitions) {
            return new HashMap<>();
        }

        @Override
        public void commitTransaction() {
            throw new UnsupportedOperationException("the records say where");
        }

        @Override
        public void commitTransaction(SourceRecord last) {
            commits.add(last);
        }

        @Override
        public void abortTransaction() {
            throw new UnsupportedOperationException("the records say where");
        }

        @Override
        public void abortTransaction(SourceRecord last) {
            aborts.add(last);
        }
    }

    private String streamPid() throws SQLException {
        return database.ask("SELECT pid FROM pg_stat_replication WHERE state = 'streaming'");
    }

    private void awaitStream() {
        Waiting.until("the changes are followed", () -> {
            worker.take();
            worker.commit();
            return !streamPid().isEmpty();
        });
    }

    /** It is ahead of what is committed: what it was given is not read again, and comes once. */
    @Test
    void shouldNotGetAgainWhatItHasNotCommittedYet() throws Exception {
        awaitStream();
        String stream = streamPid();
        database.run("INSERT INTO t SELECT generate_series(2, 1000)");
        Waiting.until("the worker has them", () -> {
            worker.take();
            return worker.ids.size() == 1000;
        });

        database.run("SELECT pg_terminate_backend(" + stream + ")", "INSERT INTO t VALUES (1001)");
        // There need not be another stream before the worker has committed; if there is one, it brings nothing twice.
        long deadline = System.nanoTime() + Duration.ofSeconds(4).toNanos();
        while (worker.ids.size() == 1000 && System.nanoTime() < deadline) {
            worker.take();
        }
        worker.commit();
        Waiting.until("the last row is there", () -> {
            worker.take();
            worker.commit();
            return worker.ids.contains(1001);
        });

        assertThat(worker.ids.size() - new HashSet<>(worker.ids).size())
                .as("rows that came twice")
                .isZero();
        assertThat(worker.ids).hasSize(1001);
    }

    @Test
    void shouldUndoWhatItHasOfATransactionThatBreaksOff() throws Exception {
        awaitStream();
        String stream = streamPid();
        // 20 MB: more than the connection's buffers take in, so that the end is not on its way yet.
        database.run("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(2, 20000) n");
        Waiting.until("the worker has some of them", () -> {
            worker.take();
            return !worker.openIds.isEmpty();
        });

        database.run("SELECT pg_terminate_backend(" + stream + ")");
        Waiting.until("all are there", () -> {
            for (int i = 0; i < 1000 && worker.ids.size() < 20_000; i++) {
                worker.take();
                worker.commit();
            }
            return worker.ids.size() >= 20_000;
        });

        assertThat(worker.undone).isPositive();
        assertThat(worker.ids.equals(IntStream.rangeClosed(1, 20_000).boxed().toList()))
                .as("each row once, in order")
                .isTrue();
    }
}
