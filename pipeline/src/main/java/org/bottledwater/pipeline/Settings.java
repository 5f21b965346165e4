package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.TableName;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.PostgresAddress;

/**
 * Everything a run is told.
 *
 * @param slot the replication slot; also names the publications, the checkpoint and the transactional id
 * @param publication the user's own publication, or empty for ours
 * @param snapshot what becomes of the rows that are there
 * @param snapshotWorkers how many connections copy at the same time
 * @param registry not used for JSON
 * @param messagesTopic where the messages of {@code pg_logical_emit_message} go, if anywhere
 * @param columns which columns of a table are sent
 * @param topicPrefix put before every topic with a dot, or empty
 * @param giveUpAfter how long an outage may last before the run ends; empty for as long as it takes
 * @param topicNames which topics are called otherwise
 * @param value what the values of messages are
 * @param transactionsTopic where it is told of each transaction, if anywhere
 */
public record Settings(
        PostgresAddress postgres,
        String slot,
        PluginChoice plugin,
        Optional<String> publication,
        TableFilter tables,
        boolean allowUnkeyed,
        SnapshotMode snapshot,
        int snapshotWorkers,
        KafkaSettings kafka,
        Delivery delivery,
        OutputFormat format,
        RegistrySettings registry,
        String topicPrefix,
        OnError onError,
        OnTruncate onTruncate,
        ToastMode toast,
        PartitionedTables partitioned,
        Optional<String> messagesTopic,
        TypeOptions types,
        SlotPolicy slotPolicy,
        Optional<Duration> giveUpAfter,
        ColumnFilter columns,
        TopicRules topicNames,
        ValueForm value,
        Optional<String> transactionsTopic) {

    /** What the sessions of an instance are called in {@code pg_stat_activity}, by which others know it. */
    static String sessionsOf(String slot) {
        return "bottledwater " + slot;
    }

    /** The same for an instance, not for somebody who looks on. */
    Settings ofInstance() {
        return with(postgres.called(sessionsOf(slot)), types, tables);
    }

    /** The same with what the database decides: how many fraction digits money has, and whether text is looked at. */
    public Settings on(Postgres session) {
        return with(
                postgres,
                types.inDatabase(
                        session.moneyFraction(),
                        session.setting("server_encoding").equals("SQL_ASCII")),
                tables);
    }

    /** The same without some tables that the patterns would capture. */
    Settings without(Set<TableName> names) {
        return with(postgres, types, tables.without(names));
    }

    private Settings with(PostgresAddress address, TypeOptions typeOptions, TableFilter filter) {
        return new Settings(
                address,
                slot,
                plugin,
                publication,
                filter,
                allowUnkeyed,
                snapshot,
                snapshotWorkers,
                kafka,
                delivery,
                format,
                registry,
                topicPrefix,
                onError,
                onTruncate,
                toast,
                partitioned,
                messagesTopic,
                typeOptions,
                slotPolicy,
                giveUpAfter,
                columns,
                topicNames,
                value,
                transactionsTopic);
    }
}
