package org.bottledwater.cli.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.kafka.SchemaRegistry;
import org.jspecify.annotations.Nullable;

/** The topics as a {@code read_committed} consumer with Avro's own reader sees them. */
final class Topics {
    private static final Duration POLL = Duration.ofMillis(200);

    private final String broker;
    private final String prefix;
    private final SchemaRegistry registry;
    private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
    private final MessageDigest md5;

    /** What counts of a row. */
    record Row(long version, long tag, String payloadMd5) {}

    Topics(String broker, String registry, String prefix) {
        this.broker = broker;
        this.prefix = prefix;
        this.registry = new SchemaRegistry(RegistrySettings.of(registry));
        try {
            md5 = MessageDigest.getInstance("MD5");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    String topic(String table) {
        return prefix + "." + table;
    }

    /** The key's fields, with commas between them. */
    String key(ByteBuffer message) {
        GenericRecord key = record(message);
        return key.getSchema().getFields().stream()
                .map(field -> String.valueOf(key.get(field.pos())))
                .collect(Collectors.joining(","));
    }

    /** Null for a deleted row. */
    @Nullable
    Row row(@Nullable ByteBuffer message) {
        if (message == null) {
            return null;
        }
        GenericRecord row = record(message);
        Object tag = row.get("tag");
        if (!row.hasField("version")) {
            return new Row(0, (Long) tag, "");
        }
        byte[] payload = String.valueOf(row.get("payload")).getBytes(UTF_8);
        return new Row((Long) row.get("version"), (Long) tag, HexFormat.of().formatHex(md5.digest(payload)));
    }

    private GenericRecord record(ByteBuffer message) {
        byte[] bytes = new byte[message.remaining()];
        message.duplicate().get(bytes);
        int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
        try {
            return readers.computeIfAbsent(
                            id, i -> new GenericDatumReader<>(new Schema.Parser().parse(registry.schemaById(i))))
                    .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
        } catch (IOException e) {
            throw new AssertionError("not Avro: " + HexFormat.of().formatHex(bytes), e);
        }
    }

    long count(String topic) {
        long[] count = {0};
        read(topic, message -> count[0]++);
        return count[0];
    }

    Map<String, Row> fold(String topic) {
        Map<String, Row> table = new HashMap<>();
        read(topic, message -> {
            String key = key(ByteBuffer.wrap(message.key()));
            byte[] value = message.value();
            Row row = value == null ? null : row(ByteBuffer.wrap(value));
            if (row == null) {
                table.remove(key);
            } else {
                table.put(key, row);
            }
        });
        return table;
    }

    private void read(String topic, Consumer<ConsumerRecord<byte[], byte[]>> messages) {
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                "false");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(topic, p.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                consumer.poll(POLL).forEach(messages);
            }
        }
    }
}
