package org.bottledwater.cli;

import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaParseException;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Reads a key or value whoever wrote it: Avro in Confluent's wire format when it begins with a zero byte and the id of a
 * schema that the registry has, else JSON, else text, else {@code {"base64": …}}.
 */
final class PayloadReader {
    /** Looks a schema up by its id; empty when the registry has none of that id. */
    interface Schemas {
        Optional<String> byId(int id);
    }

    /** What a numeric of PostgreSQL can hold, and more than a message of Kafka usually does. */
    private static final StreamReadConstraints LIMITS = StreamReadConstraints.builder()
            .maxNumberLength(200_000)
            .maxStringLength(Integer.MAX_VALUE)
            .build();

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    static {
        JSON.getFactory().setStreamReadConstraints(LIMITS);
    }

    private final Schemas schemas;
    private final Map<Integer, Optional<Schema>> known = new HashMap<>();

    PayloadReader(Schemas schemas) {
        this.schemas = schemas;
    }

    JsonNode read(byte @Nullable [] payload) {
        if (payload == null) {
            return NullNode.getInstance();
        }
        if (payload.length >= 5 && payload[0] == 0) {
            int id = ByteBuffer.wrap(payload).getInt(1);
            Optional<Schema> schema = known.computeIfAbsent(id, this::schema);
            if (schema.isPresent()) {
                Optional<JsonNode> value = avro(schema.get(), payload);
                if (value.isPresent()) {
                    return value.get();
                }
            }
        }
        return other(payload);
    }

    private Optional<Schema> schema(int id) {
        Optional<String> text = schemas.byId(id);
        try {
            return text.map(json -> new Schema.Parser().parse(json));
        } catch (SchemaParseException e) {
            // A registry may also hold schemas of other kinds, JSON Schema for instance.
            return Optional.empty();
        }
    }

    private static Optional<JsonNode> avro(Schema schema, byte[] payload) {
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(payload, 5, payload.length - 5, null);
        try {
            Object datum = new GenericDatumReader<>(schema).read(null, decoder);
            return decoder.isEnd() ? Optional.of(AvroJson.of(schema, datum)) : Optional.empty();
        } catch (IOException | AvroRuntimeException e) {
            return Optional.empty();
        }
    }

    private static JsonNode other(byte[] payload) {
        try {
            JsonNode node = JSON.readTree(payload);
            if (node != null && !node.isMissingNode()) {
                return node;
            }
        } catch (IOException e) {
            // Not JSON: the next guess follows.
        }
        return text(payload);
    }

    /** Text as it is when it is text that can be printed. */
    static JsonNode text(byte[] payload) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(payload))
                    .toString();
            if (text.chars().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\t' && c != '\r')) {
                return TextNode.valueOf(text);
            }
        } catch (CharacterCodingException e) {
            // Not UTF-8.
        }
        ObjectNode node = JSON.createObjectNode();
        return node.put("base64", payload);
    }
}
