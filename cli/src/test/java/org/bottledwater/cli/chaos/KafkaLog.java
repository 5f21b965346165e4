package org.bottledwater.cli.chaos;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;
import org.apache.kafka.common.record.internal.RecordBatch;

/**
 * The broker's own files. Unlike a consumer they tell which Kafka transaction a message is of: each has an epoch of its own
 * of the producer's id, since the broker raises it at each end of one.
 */
final class KafkaLog {
    private final Path data;

    KafkaLog(Path data) {
        this.data = data;
    }

    /** A message as it lies in a partition, with the Kafka transaction that it came with. */
    record Entry(Record message, Producer transaction) {}

    /** A Kafka transaction; messages that were sent without one have the epoch of their producer for ever. */
    record Producer(long id, short epoch) {}

    /** What a partition holds beside its committed messages. */
    record Rest(String partition, long committed, long aborted, long open) {}

    /** Hands over the committed messages of a topic, partition by partition, in their order. */
    List<Rest> read(String topic, Consumer<Entry> entries) throws IOException {
        List<Rest> rests = new ArrayList<>();
        try (Stream<Path> folders = Files.list(data)) {
            for (Path folder : folders.filter(f -> f.getFileName().toString().matches("\\Q" + topic + "\\E-\\d+"))
                    .sorted()
                    .toList()) {
                rests.add(partition(folder, entries));
            }
        }
        return rests;
    }

    private static Rest partition(Path folder, Consumer<Entry> entries) throws IOException {
        Partition partition = new Partition(entries);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".log")).sorted().toList()) {
                try (FileRecords records = FileRecords.open(new File(file.toString()), false)) {
                    records.batches().forEach(partition::take);
                }
            }
        }
        return partition.rest(folder.getFileName().toString());
    }

    private enum Outcome {
        OPEN,
        COMMITTED,
        ABORTED
    }

    /** A transaction in a partition. */
    private static final class Part {
        Outcome outcome = Outcome.OPEN;
    }

    private record Waiting(Entry entry, Part part) {}

    /** As for a reader of committed messages, what stands behind an open transaction waits for its end. */
    private static final class Partition {
        private final Consumer<Entry> entries;
        private final Map<Long, Part> open = new HashMap<>();
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private long committed;
        private long aborted;

        Partition(Consumer<Entry> entries) {
            this.entries = entries;
        }

        void take(RecordBatch batch) {
            if (batch.isControlBatch()) {
                Part ended = open.remove(batch.producerId());
                if (ended != null) {
                    ended.outcome = isCommit(batch) ? Outcome.COMMITTED : Outcome.ABORTED;
                }
            } else {
                Producer transaction = new Producer(batch.producerId(), batch.producerEpoch());
                Part part =
                        batch.isTransactional() ? open.computeIfAbsent(batch.producerId(), id -> new Part()) : alone();
                for (Record message : batch) {
                    waiting.add(new Waiting(new Entry(message, transaction), part));
                }
            }
            while (!waiting.isEmpty() && waiting.peek().part().outcome != Outcome.OPEN) {
                Waiting over = waiting.remove();
                if (over.part().outcome == Outcome.COMMITTED) {
                    entries.accept(over.entry());
                    committed++;
                } else {
                    aborted++;
                }
            }
        }

        private static Part alone() {
            Part part = new Part();
            part.outcome = Outcome.COMMITTED;
            return part;
        }

        Rest rest(String name) {
            return new Rest(name, committed, aborted, waiting.size());
        }
    }

    private static boolean isCommit(RecordBatch batch) {
        return ControlRecordType.parse(batch.iterator().next().key()) == ControlRecordType.COMMIT;
    }
}
