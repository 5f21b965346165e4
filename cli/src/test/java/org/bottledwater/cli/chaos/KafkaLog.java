package org.bottledwater.cli.chaos;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        Map<Long, List<Entry>> open = new HashMap<>();
        long committed = 0;
        long aborted = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".log")).sorted().toList()) {
                try (FileRecords records = FileRecords.open(new File(file.toString()), false)) {
                    for (RecordBatch batch : records.batches()) {
                        if (batch.isControlBatch()) {
                            List<Entry> ended = open.remove(batch.producerId());
                            if (ended == null) {
                                continue;
                            }
                            if (isCommit(batch)) {
                                ended.forEach(entries);
                                committed += ended.size();
                            } else {
                                aborted += ended.size();
                            }
                            continue;
                        }
                        Producer transaction = new Producer(batch.producerId(), batch.producerEpoch());
                        for (Record message : batch) {
                            Entry entry = new Entry(message, transaction);
                            if (batch.isTransactional()) {
                                open.computeIfAbsent(batch.producerId(), id -> new ArrayList<>())
                                        .add(entry);
                            } else {
                                entries.accept(entry);
                                committed++;
                            }
                        }
                    }
                }
            }
        }
        long left = open.values().stream().mapToLong(List::size).sum();
        return new Rest(folder.getFileName().toString(), committed, aborted, left);
    }

    private static boolean isCommit(RecordBatch batch) {
        return ControlRecordType.parse(batch.iterator().next().key()) == ControlRecordType.COMMIT;
    }
}
