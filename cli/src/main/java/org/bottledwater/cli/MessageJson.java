package org.bottledwater.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.time.Instant;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** One message as one line of JSON. */
final class MessageJson {
    private final PayloadReader payloads;

    MessageJson(PayloadReader payloads) {
        this.payloads = payloads;
    }

    String line(ConsumerRecord<byte[], byte[]> message) {
        ObjectNode line = PayloadReader.JSON.createObjectNode();
        line.put("topic", message.topic());
        line.put("partition", message.partition());
        line.put("offset", message.offset());
        line.put("timestamp", Instant.ofEpochMilli(message.timestamp()).toString());
        ObjectNode headers = line.putObject("headers");
        for (Header header : message.headers()) {
            JsonNode earlier = headers.get(header.key());
            JsonNode value = text(header);
            // Kafka lets a header come several times; nearly all come once.
            if (earlier instanceof ArrayNode several) {
                several.add(value);
            } else if (earlier != null) {
                headers.putArray(header.key()).add(earlier).add(value);
            } else {
                headers.set(header.key(), value);
            }
        }
        line.set("key", payloads.read(message.key()));
        line.set("value", payloads.read(message.value()));
        try {
            return PayloadReader.JSON.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException("cannot be written as JSON: topic=" + message.topic(), e);
        }
    }

    static JsonNode text(Header header) {
        return header.value() == null ? NullNode.getInstance() : PayloadReader.text(header.value());
    }
}
