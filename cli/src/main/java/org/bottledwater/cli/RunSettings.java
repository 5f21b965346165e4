package org.bottledwater.cli;

import java.util.Map;
import java.util.Optional;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.pipeline.ColumnFilter;
import org.bottledwater.pipeline.OnLostSlot;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.SnapshotMode;
import org.bottledwater.pipeline.TableFilter;
import org.bottledwater.pipeline.TopicRules;

/** Turns options into what the pipeline is told. */
final class RunSettings {
    private RunSettings() {}

    /** @throws WrongUsage for what can be seen to be wrong without asking a server */
    static Settings of(Terminal terminal, SourceOptions source, SinkOptions sink, MessageOptions messages) {
        return of(terminal, source, new SlotOptions(), sink, messages);
    }

    /** As the other, of a command that makes or reads the slot. */
    static Settings of(
            Terminal terminal, SourceOptions source, SlotOptions slot, SinkOptions sink, MessageOptions messages) {
        try {
            return read(terminal, source, slot, sink, messages);
        } catch (ConfigurationException e) {
            throw new WrongUsage(String.valueOf(e.getMessage()), e);
        }
    }

    private static Settings read(
            Terminal terminal, SourceOptions source, SlotOptions slot, SinkOptions sink, MessageOptions messages) {
        check(sink.partitions == -1 || sink.partitions > 0, "--partitions", sink.partitions);
        check(
                sink.replicationFactor == -1 || sink.replicationFactor > 0,
                "--replication-factor",
                sink.replicationFactor);
        check(source.snapshotWorkers > 0, "--snapshot-workers", source.snapshotWorkers);
        if (snapshot(source) == SnapshotMode.NEVER && slot.onLostSlot == OnLostSlot.RESNAPSHOT) {
            throw new WrongUsage("--snapshot=never and --on-lost-slot=resnapshot do not go together:"
                    + " the one wants no snapshot, the other one in case of need");
        }
        for (Map.Entry<String, String> column : messages.columnTypes.entrySet()) {
            boolean named = column.getKey().chars().filter(c -> c == '.').count() >= 2;
            if (!named || !column.getValue().equals("string")) {
                throw new WrongUsage("not understood: --column-type=" + column.getKey() + "=" + column.getValue()
                        + "\n  write it like --column-type=public.orders.amount=string");
            }
        }
        messages.masks.forEach((column, how) -> {
            if (column.chars().filter(c -> c == '.').count() < 2) {
                throw new WrongUsage("not understood: --mask=" + column + "=" + how
                        + "\n  write it like --mask=public.users.email=sha256");
            }
        });
        KafkaSettings kafka = new KafkaSettings(
                sink.kafka.broker,
                Map.copyOf(sink.kafka.kafkaConfig),
                Map.copyOf(sink.topicConfig),
                sink.partitions,
                sink.replicationFactor,
                !sink.noCreateTopics);
        return new Settings(
                source.postgres.address(terminal),
                source.postgres.slot,
                source.plugin,
                source.publication.isEmpty() ? Optional.empty() : Optional.of(source.publication),
                source.tables.isEmpty() ? TableFilter.ALL : TableFilter.parse(source.tables),
                source.allowUnkeyed,
                snapshot(source),
                source.snapshotWorkers,
                kafka,
                sink.delivery,
                messages.outputFormat,
                messages.registry.settings(),
                sink.topicPrefix,
                messages.onError,
                messages.onTruncate,
                messages.toast,
                source.partitioned,
                messages.messagesTopic.isEmpty() ? Optional.empty() : Optional.of(messages.messagesTopic),
                new TypeOptions(messages.numeric, Map.copyOf(messages.columnTypes)).masking(messages.masks),
                slot.policy(),
                Optional.ofNullable(sink.giveUpAfter),
                ColumnFilter.parse(messages.columns, messages.masks.keySet()),
                TopicRules.parse(sink.topicNames),
                messages.value,
                transactionsTopic(messages),
                messages.onRename);
    }

    private static Optional<String> transactionsTopic(MessageOptions messages) {
        if (messages.transactionsTopic.isEmpty()) {
            return Optional.empty();
        }
        if (messages.transactionsTopic.equals(messages.messagesTopic)) {
            throw new WrongUsage("--transactions-topic and --messages-topic name the same topic: "
                    + messages.messagesTopic + "\n  give each one of its own");
        }
        return Optional.of(messages.transactionsTopic);
    }

    private static SnapshotMode snapshot(SourceOptions source) {
        if (!source.skipSnapshot) {
            return source.snapshot;
        }
        if (source.snapshot == SnapshotMode.ALWAYS || source.snapshot == SnapshotMode.ONLY) {
            throw new WrongUsage("--skip-snapshot is the same as --snapshot=never, and --snapshot says otherwise"
                    + "\n  leave one of the two out, on the command line, in the environment and in the file");
        }
        return SnapshotMode.NEVER;
    }

    private static void check(boolean positive, String option, int value) {
        if (!positive) {
            throw new WrongUsage(option + " must be 1 or more: " + option + "=" + value);
        }
    }
}
