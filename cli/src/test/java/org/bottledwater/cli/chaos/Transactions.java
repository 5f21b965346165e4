package org.bottledwater.cli.chaos;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.TopicPartition;
import org.bottledwater.sandbox.KafkaBroker;

/** What the broker knows of the transactions of now, the coordinator's and the partitions' side of it. */
final class Transactions {
    private static final long PATIENCE_SECONDS = 20;

    private final KafkaBroker broker;

    Transactions(KafkaBroker broker) {
        this.broker = broker;
    }

    @Override
    public String toString() {
        try (Admin admin =
                Admin.create(Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers()))) {
            return describe(admin);
        } catch (ExecutionException | TimeoutException e) {
            return "the broker does not say: " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private static String describe(Admin admin) throws ExecutionException, InterruptedException, TimeoutException {
        StringBuilder text = new StringBuilder();
        List<String> ids = admin.listTransactions().all().get(PATIENCE_SECONDS, TimeUnit.SECONDS).stream()
                .map(TransactionListing::transactionalId)
                .toList();
        admin.describeTransactions(ids)
                .all()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .forEach((id, transaction) ->
                        text.append("\n  ").append(id).append(' ').append(transaction));
        List<TopicPartition> partitions = admin
                .describeTopics(admin.listTopics().names().get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .allTopicNames()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .values()
                .stream()
                .flatMap(topic -> topic.partitions().stream()
                        .map(partition -> new TopicPartition(topic.name(), partition.partition())))
                .toList();
        admin.describeProducers(partitions)
                .all()
                .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .forEach((partition, state) -> open(state.activeProducers())
                        .forEach(producer -> text.append("\n  ")
                                .append(partition)
                                .append(' ')
                                .append(producer)));
        return "transactions:" + text;
    }

    private static List<ProducerState> open(Collection<ProducerState> producers) {
        return producers.stream()
                .filter(producer -> producer.currentTransactionStartOffset().isPresent())
                .toList();
    }
}
