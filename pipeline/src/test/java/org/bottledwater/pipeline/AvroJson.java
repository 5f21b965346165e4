package org.bottledwater.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DecoderFactory;

/** Reads messages in Confluent's wire format with Avro's own reader and the schemas that the registry hands out. */
final class AvroJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final URI registry;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, Schema> schemas = new HashMap<>();

    AvroJson(URI registry) {
        this.registry = registry;
    }

    /** Logical types stay what they are made of: this is for integers, strings and the like. */
    JsonNode decode(byte[] message) {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        if (buffer.get() != 0) {
            throw new AssertionError("not Confluent's wire format");
        }
        Schema schema = schemas.computeIfAbsent(buffer.getInt(), this::fetch);
        try {
            Object datum = new GenericDatumReader<>(schema)
                    .read(null, DecoderFactory.get().binaryDecoder(message, 5, message.length - 5, null));
            return TopicReader.plain(JSON.readTree(GenericData.get().toString(datum)));
        } catch (IOException e) {
            throw new AssertionError("Avro cannot read it with " + schema, e);
        }
    }

    private Schema fetch(int id) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new Schema.Parser()
                    .parse(JSON.readTree(answer.body()).get("schema").asText());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("the registry does not know schema " + id, e);
        }
    }
}
