package org.bottledwater.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

/** A topic as a {@code read_committed} consumer with Avro's own reader sees it. */
final class Folded {
    /** The last balance at each key. */
    final Map<String, String> balances = new TreeMap<>();
    /** How many messages had no key, and the sum of their deltas. */
    long unkeyed;

    long deltas;

    private final SchemaRegistry registry;
    private final Map<Integer, Schema> schemas = new HashMap<>();

    private Folded(SchemaRegistry registry) {
        this.registry = registry;
    }

    static Folded read(String broker, String registry, String topic) throws IOException {
        Folded folded = new Folded(new SchemaRegistry(RegistrySettings.of(registry)));
        Map<String, Object> settings = Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed");
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(p -> new TopicPartition(topic, p.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                for (ConsumerRecord<byte[], byte[]> message : consumer.poll(Duration.ofMillis(200))) {
                    folded.add(message.key(), message.value());
                }
            }
        }
        return folded;
    }

    private void add(byte @Nullable [] key, byte @Nullable [] value) throws IOException {
        if (key == null) {
            unkeyed++;
            deltas += (Integer) record(value == null ? new byte[0] : value).get("delta");
        } else if (value == null) {
            balances.remove(String.valueOf(record(key).get(0)));
        } else {
            GenericRecord row = record(value);
            String balance = row.getSchema().getFields().stream()
                    .map(Schema.Field::name)
                    .filter(name -> name.endsWith("balance"))
                    .findFirst()
                    .orElseThrow();
            balances.put(String.valueOf(record(key).get(0)), String.valueOf(row.get(balance)));
        }
    }

    private GenericRecord record(byte[] message) throws IOException {
        int id = ByteBuffer.wrap(message, 1, 4).getInt();
        Schema schema = schemas.computeIfAbsent(id, i -> new Schema.Parser().parse(registry.schemaById(i)));
        return new GenericDatumReader<GenericRecord>(schema)
                .read(null, DecoderFactory.get().binaryDecoder(message, 5, message.length - 5, null));
    }
}
