package org.bottledwater.connect;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.AbstractConfig;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.pipeline.ColumnFilter;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.OnError;
import org.bottledwater.pipeline.OnLostSlot;
import org.bottledwater.pipeline.OnRename;
import org.bottledwater.pipeline.OnTruncate;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.PluginChoice;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.SlotPolicy;
import org.bottledwater.pipeline.SnapshotMode;
import org.bottledwater.pipeline.TableFilter;
import org.bottledwater.pipeline.ToastMode;
import org.bottledwater.pipeline.TopicRules;
import org.bottledwater.pipeline.ValueForm;
import org.bottledwater.postgres.PostgresAddress;

/** Turns what a connector was told into what the pipeline is told. */
final class SettingsReader {
    private static final String TRANSACTION_TIMEOUT = "producer.override.transaction.timeout.ms";

    /** Of a producer that is not told otherwise: Kafka's default of {@code transaction.timeout.ms}. */
    private static final String DEFAULT_TRANSACTION_TIMEOUT = "60000";

    private static final Duration CHECKPOINT_INTERVAL = Duration.ofSeconds(5);
    private static final String BYTES = "ByteArrayConverter";

    private final Map<String, String> given;
    private final AbstractConfig config;

    private SettingsReader(Map<String, String> given) {
        this.given = given;
        this.config = new AbstractConfig(ConnectorOptions.define(), given, false);
    }

    /**
     * @param given what the task was given, with what is none of ours among it
     * @param delivery whether the worker commits transactions that end where we say
     * @throws WrongOption for what can be seen to be wrong without asking a server
     * @throws org.apache.kafka.common.config.ConfigException for what is not what its definition says
     */
    static TaskSettings read(Map<String, String> given, Delivery delivery) {
        return new SettingsReader(given).read(delivery);
    }

    private TaskSettings read(Delivery delivery) {
        Output output = choice(Output.class, ConnectorOptions.OUTPUT);
        requireConverters(output);
        Division division =
                WrongOption.in(ConnectorOptions.GROUPS, () -> Division.of(given, text(ConnectorOptions.GROUPS)));
        requirePartsTogether(division);
        requireFencing(division, delivery);
        Settings pipeline = new Settings(
                WrongOption.in(ConnectorOptions.POSTGRES, this::address),
                division.slot(slot()),
                choice(PluginChoice.class, ConnectorOptions.PLUGIN),
                optional(ConnectorOptions.PUBLICATION),
                division.of(WrongOption.in(ConnectorOptions.TABLES, this::tables)),
                config.getBoolean(ConnectorOptions.ALLOW_UNKEYED),
                choice(SnapshotMode.class, ConnectorOptions.SNAPSHOT),
                config.getInt(ConnectorOptions.SNAPSHOT_WORKERS),
                KafkaSettings.of("the worker's"),
                delivery,
                output == Output.JSON ? OutputFormat.JSON : OutputFormat.AVRO,
                WrongOption.in(ConnectorOptions.REGISTRY, this::registry),
                text(ConnectorOptions.TOPIC_PREFIX),
                choice(OnError.class, ConnectorOptions.ON_ERROR),
                text(ConnectorOptions.ON_TRUNCATE).equals(ConnectorOptions.FAIL)
                        ? OnTruncate.DELETE
                        : OnTruncate.IGNORE,
                choice(ToastMode.class, ConnectorOptions.TOAST),
                choice(PartitionedTables.class, ConnectorOptions.PARTITIONED),
                optional(ConnectorOptions.MESSAGES_TOPIC),
                WrongOption.in(ConnectorOptions.MASKS, this::types),
                new SlotPolicy(
                        choice(OnLostSlot.class, ConnectorOptions.ON_LOST_SLOT),
                        config.getBoolean(ConnectorOptions.FAILOVER_SLOT),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()),
                Optional.empty(),
                WrongOption.in(
                        ConnectorOptions.COLUMNS,
                        () -> ColumnFilter.parse(
                                text(ConnectorOptions.COLUMNS),
                                pairs(ConnectorOptions.MASKS).keySet())),
                WrongOption.in(
                        ConnectorOptions.TOPIC_NAMES, () -> TopicRules.parse(pairs(ConnectorOptions.TOPIC_NAMES))),
                ValueForm.ROW,
                Optional.empty(),
                choice(OnRename.class, ConnectorOptions.ON_RENAME));
        return new TaskSettings(
                pipeline,
                output,
                choice(TimePrecision.class, ConnectorOptions.TIMES),
                text(ConnectorOptions.CHECKPOINT_TOPIC),
                new SinkOptions(
                        Duration.ofMillis(config.getInt(ConnectorOptions.COMMIT_INTERVAL)),
                        CHECKPOINT_INTERVAL,
                        config.getLong(ConnectorOptions.QUEUE_BYTES)),
                Duration.ofMillis(Long.parseLong(given.getOrDefault(TRANSACTION_TIMEOUT, DEFAULT_TRANSACTION_TIMEOUT))),
                given.getOrDefault("header.converter", "").endsWith(BYTES),
                division.share());
    }

    /** Any other would write the bytes as a value of its own. */
    private void requireConverters(Output output) {
        for (String converter : List.of("key.converter", "value.converter")) {
            if (output != Output.RECORDS && !given.getOrDefault(converter, "").endsWith(BYTES)) {
                throw new WrongOption(
                        ConnectorOptions.OUTPUT,
                        "output=" + ConnectorOptions.word(output) + " needs " + converter
                                + "=org.apache.kafka.connect.converters.ByteArrayConverter in this connector's own settings");
            }
        }
    }

    private void requirePartsTogether(Division division) {
        if (!division.isWhole() && text(ConnectorOptions.PARTITIONED).equals("leaf")) {
            throw new WrongOption(
                    ConnectorOptions.PARTITIONED,
                    "the parts of a partitioned table stay in one task: with partitioned=leaf, set tasks.max to 1");
        }
    }

    /** What keeps a task that was given up from sending old rows after the changes is its transactional id. */
    private static void requireFencing(Division division, Delivery delivery) {
        if (!division.share().isAll() && delivery != Delivery.EXACTLY_ONCE) {
            throw new WrongOption(
                    ConnectorOptions.DIVISION,
                    "task.division=snapshot needs exactly-once: exactly.once.source.support=enabled at the workers, and"
                            + " exactly.once.support=required and transaction.boundary=connector here");
        }
    }

    private PostgresAddress address() {
        String password = config.getPassword(ConnectorOptions.PASSWORD).value();
        return PostgresAddress.parse(
                text(ConnectorOptions.POSTGRES),
                password.isEmpty() ? Map.of() : Map.of("PGPASSWORD", password),
                Path.of(System.getProperty("user.home")));
    }

    private String slot() {
        String slot = text(ConnectorOptions.SLOT);
        if (!slot.matches("[a-z0-9_]{1,55}")) {
            throw new WrongOption(
                    ConnectorOptions.SLOT,
                    "not the name of a slot: " + slot + "; it takes small letters, digits and underscores, up to 55");
        }
        return slot;
    }

    private TableFilter tables() {
        String patterns = text(ConnectorOptions.TABLES);
        return patterns.isEmpty() ? TableFilter.ALL : TableFilter.parse(patterns);
    }

    private RegistrySettings registry() {
        try {
            List<URI> urls = Arrays.stream(text(ConnectorOptions.REGISTRY).split(",", -1))
                    .map(address -> URI.create(address.strip()))
                    .peek(address -> {
                        if (address.getHost() == null) {
                            throw new IllegalArgumentException("no host: " + address);
                        }
                    })
                    .toList();
            return new RegistrySettings(
                    urls,
                    config.originalsWithPrefix(ConnectorOptions.REGISTRY + ".").entrySet().stream()
                            .collect(Collectors.toMap(Map.Entry::getKey, each -> String.valueOf(each.getValue()))));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("not the address of a schema registry: " + e.getMessage(), e);
        }
    }

    private TypeOptions types() {
        return new TypeOptions(
                        choice(NumericMapping.class, ConnectorOptions.NUMERIC), pairs(ConnectorOptions.COLUMN_TYPES))
                .masking(pairs(ConnectorOptions.MASKS));
    }

    /** {@code a=b,c=d}. */
    private Map<String, String> pairs(String option) {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text(option).split(",", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                pairs.put(
                        pair.substring(0, equals).strip(),
                        pair.substring(equals + 1).strip());
            } else if (!pair.isBlank()) {
                throw new WrongOption(
                        option, "not understood: " + pair.strip() + "; write it like name=value,name=value");
            }
        }
        return pairs;
    }

    private String text(String option) {
        return config.getString(option).strip();
    }

    private Optional<String> optional(String option) {
        return Optional.of(text(option)).filter(text -> !text.isEmpty());
    }

    private <E extends Enum<E>> E choice(Class<E> type, String option) {
        return Enum.valueOf(type, text(option).toUpperCase(Locale.ROOT).replace('-', '_'));
    }
}
