package org.bottledwater.cli.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

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

/** Keys and values as JSON, by Avro's own reader with the schemas that the registry hands out, or as they are. */
final class Payloads {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean json;
    private final String registry;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, GenericDatumReader<Object>> readers = new HashMap<>();

    Payloads(boolean json, String registry) {
        this.json = json;
        this.registry = registry;
    }

    JsonNode decode(byte[] message) {
        try {
            return JSON.readTree(json ? new String(message, UTF_8) : avro(message));
        } catch (IOException e) {
            throw new AssertionError("cannot be read: " + new String(message, UTF_8), e);
        }
    }

    private String avro(byte[] message) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(message);
        if (buffer.get() != 0) {
            throw new AssertionError("not Confluent's wire format");
        }
        Object datum = readers.computeIfAbsent(buffer.getInt(), this::reader)
                .read(null, DecoderFactory.get().binaryDecoder(message, 5, message.length - 5, null));
        return GenericData.get().toString(datum);
    }

    private GenericDatumReader<Object> reader(int id) {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new GenericDatumReader<>(new Schema.Parser()
                    .parse(JSON.readTree(answer.body()).get("schema").asText()));
        } catch (IOException | InterruptedException e) {
            throw new AssertionError("the registry does not know schema " + id, e);
        }
    }
}
