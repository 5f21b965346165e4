package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/** Encodes what is told of a whole transaction: who it was, and how many messages each topic has of it. Not thread-safe. */
public final class TransactionEncoder {
    private static final byte[] SLOT = JsonWriter.label("slot");
    private static final byte[] XID = JsonWriter.label("xid");
    private static final byte[] LSN = JsonWriter.label("lsn");
    private static final byte[] TIME = JsonWriter.label("time");
    private static final byte[] COUNT = JsonWriter.label("count");
    private static final byte[] COUNTS = JsonWriter.label("counts");
    private static final String NAMESPACE = "bottledwater";

    private final ValueWriter out;
    private final byte[] keyPrefix;
    private final byte[] valuePrefix;

    private TransactionEncoder(ValueWriter out, byte[] keyPrefix, byte[] valuePrefix) {
        this.out = out;
        this.keyPrefix = keyPrefix;
        this.valuePrefix = valuePrefix;
    }

    public static TransactionEncoder avro(int keySchemaId, int valueSchemaId) {
        return new TransactionEncoder(
                new AvroWriter(false), RowEncoder.prefix(keySchemaId), RowEncoder.prefix(valueSchemaId));
    }

    public static TransactionEncoder json() {
        return new TransactionEncoder(new JsonWriter(false), RowEncoder.NO_PREFIX, RowEncoder.NO_PREFIX);
    }

    public static Schema keySchema() {
        return Schema.createRecord(
                "transaction_key",
                null,
                NAMESPACE,
                false,
                List.of(new Schema.Field("slot", Schema.create(Schema.Type.STRING), "The replication slot")));
    }

    public static Schema valueSchema() {
        Schema number = Schema.create(Schema.Type.LONG);
        Schema microseconds = LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
        return Schema.createRecord(
                "transaction",
                "A transaction of PostgreSQL, all of whose messages have been sent",
                NAMESPACE,
                false,
                List.of(
                        new Schema.Field("xid", number, "Its number, as in the header pg.xid"),
                        new Schema.Field("lsn", number, "Where its commit stands in PostgreSQL's log, in bytes"),
                        new Schema.Field("time", microseconds, "When it was committed"),
                        new Schema.Field("count", number, "How many messages it has"),
                        new Schema.Field("counts", Schema.createMap(number), "How many in each topic")));
    }

    /** The key of all that comes from a slot, so that it stays in order. */
    public byte[] key(String slot) {
        out.begin(keyPrefix);
        out.beginRecord();
        out.field(SLOT);
        byte[] utf8 = slot.getBytes(StandardCharsets.UTF_8);
        out.text(utf8, 0, utf8.length);
        out.endRecord();
        return out.finish();
    }

    /** @param counts the messages of each topic that has any */
    public byte[] value(Origin transaction, SortedMap<String, Long> counts) {
        out.begin(valuePrefix);
        out.beginRecord();
        out.field(XID);
        out.int64(transaction.xid());
        out.field(LSN);
        out.int64(transaction.lsn());
        out.field(TIME);
        out.instant(transaction.timeMicros());
        out.field(COUNT);
        out.int64(counts.values().stream().mapToLong(Long::longValue).sum());
        out.field(COUNTS);
        int mark = out.beginMap();
        for (Map.Entry<String, Long> topic : counts.entrySet()) {
            byte[] name = topic.getKey().getBytes(StandardCharsets.UTF_8);
            out.key(name, 0, name.length);
            out.int64(topic.getValue());
        }
        out.endMap(mark, counts.size());
        out.endRecord();
        return out.finish();
    }
}
