package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.bottledwater.avro.Origin;
import org.bottledwater.avro.TransactionEncoder;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.Schemas;
import org.bottledwater.kafka.Sink;
import org.bottledwater.kafka.Topic;
import org.bottledwater.kafka.TopicLookup;

/** Where it is told, behind its last message, of each transaction that has any. */
final class TransactionsTopic {
    private final Topic topic;
    private final TransactionEncoder encoder;
    private final byte[] key;

    private TransactionsTopic(Topic topic, TransactionEncoder encoder, byte[] key) {
        this.topic = topic;
        this.encoder = encoder;
        this.key = key;
    }

    /** Makes the topic, if it is wanted and missing. */
    static Optional<TransactionsTopic> open(Settings settings, TopicLookup topics, Optional<Schemas> schemas) {
        if (settings.transactionsTopic().isEmpty()) {
            return Optional.empty();
        }
        Topic topic = topics.ensure(settings.transactionsTopic().get(), false);
        if (!topic.exists()) {
            throw new ConfigurationException("topic " + topic.name() + " does not exist"
                    + "\n  create it, or let it be created: leave out --no-create-topics");
        }
        if (topic.compacted()) {
            throw new ConfigurationException(
                    "the topic of --transactions-topic is compacted: topic=" + topic.name()
                            + "\n  set its cleanup.policy to delete, or name another one: of a compacted one Kafka keeps the last transaction only");
        }
        TransactionEncoder encoder = schemas.map(client -> TransactionEncoder.avro(
                        client.register(
                                Routes.keySubject(topic.name()),
                                TransactionEncoder.keySchema().toString()),
                        client.register(
                                Routes.valueSubject(topic.name()),
                                TransactionEncoder.valueSchema().toString())))
                .orElseGet(TransactionEncoder::json);
        return Optional.of(new TransactionsTopic(topic, encoder, encoder.key(settings.slot())));
    }

    /** @param time of the commit, in milliseconds since 1970 */
    void send(Sink sink, Origin transaction, SortedMap<String, Long> counts, long time) {
        sink.send(topic, key, encoder.value(transaction, counts), time, List.of());
    }
}
