package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.postgres.PostgresAddress;

/** Changes single settings of a test. */
final class SettingsBuilder {
    private String slot;
    private String topicPrefix;
    private PluginChoice plugin;
    private Optional<String> publication;
    private TableFilter tables;
    private boolean allowUnkeyed;
    private SnapshotMode snapshot;
    private int snapshotWorkers;
    private PostgresAddress postgres;
    private KafkaSettings kafka;
    private Delivery delivery;
    private OutputFormat format;
    private RegistrySettings registry;
    private OnError onError;
    private OnTruncate onTruncate;
    private ToastMode toast;
    private PartitionedTables partitioned;
    private Optional<String> messagesTopic = Optional.empty();
    private TypeOptions types;
    private SlotPolicy slotPolicy;
    private Optional<Duration> giveUpAfter;
    private ColumnFilter columns;
    private TopicRules topicNames;
    private ValueForm value;
    private Optional<String> transactionsTopic;
    private OnRename onRename;

    SettingsBuilder(Settings base) {
        slot = base.slot();
        topicPrefix = base.topicPrefix();
        plugin = base.plugin();
        publication = base.publication();
        tables = base.tables();
        allowUnkeyed = base.allowUnkeyed();
        snapshot = base.snapshot();
        snapshotWorkers = base.snapshotWorkers();
        postgres = base.postgres();
        kafka = base.kafka();
        delivery = base.delivery();
        format = base.format();
        registry = base.registry();
        onError = base.onError();
        onTruncate = base.onTruncate();
        toast = base.toast();
        partitioned = base.partitioned();
        types = base.types();
        slotPolicy = base.slotPolicy();
        giveUpAfter = base.giveUpAfter();
        columns = base.columns();
        topicNames = base.topicNames();
        value = base.value();
        transactionsTopic = base.transactionsTopic();
        onRename = base.onRename();
    }

    Settings build() {
        return new Settings(
                postgres,
                slot,
                plugin,
                publication,
                tables,
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
                types,
                slotPolicy,
                giveUpAfter,
                columns,
                topicNames,
                value,
                transactionsTopic,
                onRename);
    }

    /** Another instance over the same database. */
    SettingsBuilder called(String name) {
        slot = name;
        topicPrefix = name;
        return this;
    }

    SettingsBuilder postgres(PostgresAddress address) {
        postgres = address;
        return this;
    }

    SettingsBuilder plugin(PluginChoice choice) {
        plugin = choice;
        return this;
    }

    SettingsBuilder publication(String name) {
        publication = Optional.of(name);
        return this;
    }

    SettingsBuilder tables(String patterns) {
        tables = TableFilter.parse(patterns);
        return this;
    }

    SettingsBuilder delivery(Delivery mode) {
        delivery = mode;
        return this;
    }

    SettingsBuilder format(OutputFormat output) {
        format = output;
        return this;
    }

    SettingsBuilder onError(OnError policy) {
        onError = policy;
        return this;
    }

    SettingsBuilder onRename(OnRename policy) {
        onRename = policy;
        return this;
    }

    SettingsBuilder onTruncate(OnTruncate policy) {
        onTruncate = policy;
        return this;
    }

    SettingsBuilder toast(ToastMode mode) {
        toast = mode;
        return this;
    }

    SettingsBuilder partitioned(PartitionedTables choice) {
        partitioned = choice;
        return this;
    }

    SettingsBuilder messagesTopic(String topic) {
        messagesTopic = Optional.of(topic);
        return this;
    }

    SettingsBuilder value(ValueForm form) {
        value = form;
        return this;
    }

    SettingsBuilder transactionsTopic(String topic) {
        transactionsTopic = Optional.of(topic);
        return this;
    }

    SettingsBuilder topicNames(Map<String, String> names) {
        topicNames = TopicRules.parse(names);
        return this;
    }

    SettingsBuilder columns(String patterns, Map<String, String> masks) {
        columns = ColumnFilter.parse(patterns, masks.keySet());
        types = types.masking(masks);
        return this;
    }

    SettingsBuilder types(TypeOptions options) {
        types = options;
        return this;
    }

    SettingsBuilder onLostSlot(OnLostSlot policy) {
        slotPolicy = new SlotPolicy(
                policy,
                slotPolicy.failover(),
                slotPolicy.walLimit(),
                slotPolicy.catchUp(),
                slotPolicy.decodingMemory());
        return this;
    }

    SettingsBuilder failoverSlot() {
        slotPolicy = new SlotPolicy(
                slotPolicy.onLost(), true, slotPolicy.walLimit(), slotPolicy.catchUp(), slotPolicy.decodingMemory());
        return this;
    }

    SettingsBuilder walLimit(WalLimit limit) {
        slotPolicy = new SlotPolicy(
                slotPolicy.onLost(),
                slotPolicy.failover(),
                Optional.of(limit),
                slotPolicy.catchUp(),
                slotPolicy.decodingMemory());
        return this;
    }

    /** No policy: never. */
    SettingsBuilder catchUp(Optional<CatchUpPolicy> policy) {
        slotPolicy = new SlotPolicy(
                slotPolicy.onLost(), slotPolicy.failover(), slotPolicy.walLimit(), policy, slotPolicy.decodingMemory());
        return this;
    }

    SettingsBuilder decodingMemory(long bytes) {
        slotPolicy = new SlotPolicy(
                slotPolicy.onLost(),
                slotPolicy.failover(),
                slotPolicy.walLimit(),
                slotPolicy.catchUp(),
                Optional.of(bytes));
        return this;
    }

    SettingsBuilder giveUpAfter(Duration limit) {
        giveUpAfter = Optional.of(limit);
        return this;
    }

    SettingsBuilder allowUnkeyed() {
        allowUnkeyed = true;
        return this;
    }

    SettingsBuilder skipSnapshot() {
        return snapshot(SnapshotMode.NEVER);
    }

    SettingsBuilder snapshot(SnapshotMode mode) {
        snapshot = mode;
        return this;
    }

    SettingsBuilder snapshotWorkers(int count) {
        snapshotWorkers = count;
        return this;
    }

    SettingsBuilder registry(String... addresses) {
        registry = RegistrySettings.of(addresses);
        return this;
    }

    SettingsBuilder kafka(KafkaSettings settings) {
        kafka = settings;
        return this;
    }

    SettingsBuilder partitions(int count) {
        kafka = new KafkaSettings(
                kafka.bootstrapServers(),
                kafka.clientConfig(),
                kafka.topicConfig(),
                count,
                kafka.replicationFactor(),
                kafka.createTopics());
        return this;
    }

    SettingsBuilder topics(Map<String, String> config, boolean createTopics) {
        kafka = new KafkaSettings(
                kafka.bootstrapServers(),
                kafka.clientConfig(),
                config,
                kafka.partitions(),
                kafka.replicationFactor(),
                createTopics);
        return this;
    }
}
