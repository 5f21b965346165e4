package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.sandbox.Waiting;
import org.jspecify.annotations.Nullable;

/** Reads a topic as a {@code read_committed} consumer, from its beginning, as it grows; and folds it into a table. */
final class TopicReader implements AutoCloseable {
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private final String topic;
    private final Function<byte[], JsonNode> decode;
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final List<Message> messages = new ArrayList<>();
    private boolean assigned;

    /** A message; a null value is a {@link NullNode}, a missing key too. */
    record Message(
            JsonNode key,
            JsonNode value,
            Map<String, String> headers,
            long offset,
            @Nullable ByteBuffer rawKey) {
        String operation() {
            return headers.getOrDefault("pg.op", "");
        }
    }

    private TopicReader(String broker, String topic, Map<String, String> more, Function<byte[], JsonNode> decode) {
        this.topic = topic;
        this.decode = decode;
        Map<String, Object> config = new HashMap<>(more);
        config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker);
        config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, "false");
        consumer = new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static TopicReader json(String topic) {
        return json(TestBed.kafka().bootstrapServers(), topic);
    }

    static TopicReader json(String broker, String topic) {
        return json(broker, topic, Map.of());
    }

    /** @param more settings of the consumer */
    static TopicReader json(String broker, String topic, Map<String, String> more) {
        return new TopicReader(broker, topic, more, TopicReader::parse);
    }

    /** Keys and values as they are. */
    static TopicReader text(String topic) {
        return new TopicReader(
                TestBed.kafka().bootstrapServers(),
                topic,
                Map.of(),
                bytes -> TextNode.valueOf(new String(bytes, UTF_8)));
    }

    /** Keys and values byte by byte, as a broker compares keys. */
    static TopicReader hex(String topic) {
        return new TopicReader(
                TestBed.kafka().bootstrapServers(),
                topic,
                Map.of(),
                bytes -> TextNode.valueOf(HexFormat.of().formatHex(bytes)));
    }

    static TopicReader avro(String topic) {
        return avro(topic, TestBed.registry());
    }

    static TopicReader avro(String topic, URI registry) {
        AvroJson avro = new AvroJson(registry);
        return new TopicReader(TestBed.kafka().bootstrapServers(), topic, Map.of(), avro::decode);
    }

    private boolean assign() {
        if (!assigned && consumer.listTopics().containsKey(topic)) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(topic, p.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            assigned = true;
        }
        return assigned;
    }

    /** How many offsets are used, without reading what is there. */
    long end() {
        return assign()
                ? consumer.endOffsets(consumer.assignment()).values().stream()
                        .mapToLong(end -> end)
                        .sum()
                : 0;
    }

    /** Reads what is there now. */
    List<Message> messages() {
        if (!assign()) {
            return messages;
        }
        Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
        while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            for (ConsumerRecord<byte[], byte[]> entry : consumer.poll(Duration.ofMillis(100))) {
                messages.add(message(entry));
            }
        }
        return messages;
    }

    /** Waits for at least this many. */
    List<Message> await(int count) {
        Waiting.until(topic + " has " + count + " messages", () -> messages().size() >= count);
        return messages;
    }

    /** The last value at each key, without those that were deleted. */
    Map<JsonNode, JsonNode> fold() {
        Map<JsonNode, JsonNode> table = new HashMap<>();
        for (Message message : messages()) {
            if (message.value().isNull()) {
                table.remove(message.key());
            } else {
                table.put(message.key(), message.value());
            }
        }
        return table;
    }

    /**
     * Waits until the topic, folded by the bytes of its keys as Kafka's own compaction does, has one key for each row of the
     * table and no other: {@code rows} are the answers of {@code row_to_json}.
     */
    void awaitExactly(RowSource rows) {
        List<List<JsonNode>> last = new ArrayList<>();
        try {
            Waiting.until(topic + " is its table, by raw keys", Duration.ofSeconds(40), () -> {
                List<JsonNode> table = new ArrayList<>();
                for (String row : rows.rows()) {
                    table.add(parse(row.getBytes(UTF_8)));
                }
                Map<ByteBuffer, JsonNode> folded = new HashMap<>();
                for (Message message : messages()) {
                    if (message.value().isNull()) {
                        folded.remove(message.rawKey());
                    } else {
                        folded.put(message.rawKey(), message.value());
                    }
                }
                List<JsonNode> live = new ArrayList<>(folded.values());
                table.sort(Comparator.comparing(JsonNode::toString));
                live.sort(Comparator.comparing(JsonNode::toString));
                last.clear();
                last.add(table);
                last.add(live);
                return table.equals(live);
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; table and topic: " + last);
        }
    }

    /** Waits until the folded topic says what PostgreSQL says: {@code rows} are the answers of {@code row_to_json}. */
    void awaitRows(RowSource rows, String... keyColumns) {
        List<String> difference = new ArrayList<>();
        try {
            Waiting.until(topic + " equals its table", () -> {
                difference.clear();
                Map<JsonNode, JsonNode> table = new HashMap<>();
                for (String row : rows.rows()) {
                    JsonNode value = parse(row.getBytes(UTF_8));
                    ObjectNode key = JSON.createObjectNode();
                    for (String column : keyColumns) {
                        key.set(column, value.get(column));
                    }
                    table.put(key, value);
                }
                Map<JsonNode, JsonNode> folded = fold();
                table.forEach((key, value) -> {
                    if (!value.equals(folded.get(key))) {
                        difference.add(key + ": table=" + value + " topic=" + folded.get(key));
                    }
                });
                folded.forEach((key, value) -> {
                    if (!table.containsKey(key)) {
                        difference.add(key + ": not in the table, topic=" + value);
                    }
                });
                return difference.isEmpty();
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; differences: " + difference.size() + ", the first: "
                    + difference.stream().limit(5).toList());
        }
    }

    /** Asks the server. */
    @FunctionalInterface
    interface RowSource {
        List<String> rows() throws Exception;
    }

    private Message message(ConsumerRecord<byte[], byte[]> entry) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : entry.headers()) {
            headers.put(header.key(), new String(header.value(), UTF_8));
        }
        return new Message(
                node(entry.key()),
                node(entry.value()),
                headers,
                entry.offset(),
                entry.key() == null ? null : ByteBuffer.wrap(entry.key()));
    }

    @SuppressWarnings("ReferenceEquality")
    private JsonNode node(byte[] bytes) {
        return bytes == null ? NullNode.getInstance() : decode.apply(bytes);
    }

    static JsonNode parse(byte[] bytes) {
        try {
            return plain(JSON.readTree(bytes));
        } catch (java.io.IOException e) {
            throw new AssertionError("not JSON: " + new String(bytes, UTF_8), e);
        }
    }

    /** Numbers by value, so that 1, 1.0 and a long 1 are equal. */
    static JsonNode plain(JsonNode node) {
        if (node.isNumber()) {
            BigDecimal value = node.decimalValue().stripTrailingZeros();
            return DecimalNode.valueOf(value.scale() < 0 ? value.setScale(0) : value);
        }
        if (node instanceof ObjectNode object) {
            ObjectNode copy = JSON.createObjectNode();
            object.properties().forEach(field -> copy.set(field.getKey(), plain(field.getValue())));
            return copy;
        }
        return node;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
