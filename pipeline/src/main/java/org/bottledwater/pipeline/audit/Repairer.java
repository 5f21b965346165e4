package org.bottledwater.pipeline.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.RepairWriter;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.Topics;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TransactionHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Sends what is missing or different, and null values for what is extra. A key of which the running instance has written
 * a message since it was judged is left to the next look. Used by one worker at a time.
 */
final class Repairer implements AutoCloseable {
    /** What goes into one Kafka transaction. */
    private static final int BATCH = 500;

    private final Settings settings;
    private final Topics topics;
    private final Encoding encoding;
    private @Nullable RepairWriter writer;

    Repairer(Settings settings, Topics topics, Encoding encoding) {
        this.settings = settings;
        this.topics = topics;
        this.encoding = encoding;
    }

    /** Repairs these keys, which were all judged under the same cut. */
    synchronized void repair(Unit unit, Cut cut, List<Case> wrong) {
        Topic topic = topics.ensure(unit.topic(), true);
        if (!topic.exists()) {
            throw new ConfigurationException("topic " + topic.name() + " does not exist, so that it cannot be repaired"
                    + "\n  create it, or start the running instance without --no-create-topics");
        }
        RepairWriter open = writer == null ? RepairWriter.open(settings.kafka(), settings.slot()) : writer;
        writer = open;
        List<Header> headers = List.of(
                header(TransactionHeaders.OPERATION, "repair"),
                header(TransactionHeaders.LSN, Lsn.toString(cut.snapshot().lsn())));
        List<RepairWriter.Repair> all = new ArrayList<>();
        for (Case found : wrong) {
            RepairWriter.Repair repair = new RepairWriter.Repair(found.key(), message(found, cut));
            if (open.fits(topic, repair, headers)) {
                all.add(repair);
            }
        }
        for (int i = 0; i < all.size(); i += BATCH) {
            List<RepairWriter.Repair> batch = new ArrayList<>(all.subList(i, Math.min(all.size(), i + BATCH)));
            while (!batch.isEmpty()) {
                List<RepairWriter.Repair> overtaken =
                        open.write(topic, batch, cut.end(unit), encoding.keyStart(), headers);
                if (overtaken.isEmpty()) {
                    break;
                }
                batch.removeAll(overtaken);
            }
        }
    }

    private byte @Nullable [] message(Case found, Cut cut) {
        byte[] row = found.rowValue();
        return row == null ? null : encoding.message(row, cut.snapshot().lsn());
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(UTF_8));
    }

    @Override
    public void close() {
        if (writer != null) {
            writer.close();
        }
    }
}
