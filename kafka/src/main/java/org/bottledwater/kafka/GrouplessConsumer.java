package org.bottledwater.kafka;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/**
 * A consumer that is in no group, so that nobody has to be told when it goes. Kafka's own waits for the fetch that is under
 * way, which is half a second ({@code fetch.max.wait.ms}) where nothing more comes: at the end of a topic, that is.
 */
final class GrouplessConsumer extends KafkaConsumer<byte[], byte[]> {
    GrouplessConsumer(Map<String, Object> config) {
        super(config);
    }

    @Override
    public void close() {
        close(CloseOptions.timeout(Duration.ZERO));
    }
}
