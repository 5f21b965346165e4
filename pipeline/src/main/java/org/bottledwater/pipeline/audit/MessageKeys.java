package org.bottledwater.pipeline.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DecoderFactory;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.SchemaRegistry;

/** Keys of messages as JSON, for people. */
final class MessageKeys implements Case.KeyNames {
    private final Optional<SchemaRegistry> registry;

    MessageKeys(Optional<SchemaRegistry> registry) {
        this.registry = registry;
    }

    @Override
    public String of(byte[] key) {
        if (registry.isEmpty()) {
            return new String(key, UTF_8);
        }
        try {
            Schema schema = new Schema.Parser()
                    .parse(registry.get().schemaById(ByteBuffer.wrap(key).getInt(1)));
            int start = AvroLayouts.START;
            return new GenericDatumReader<>(schema)
                    .read(null, DecoderFactory.get().binaryDecoder(key, start, key.length - start, null))
                    .toString();
        } catch (IOException | AvroRuntimeException | ConfigurationException | IndexOutOfBoundsException e) {
            return Case.hex(key);
        }
    }
}
