package org.bottledwater.connect;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bottledwater.avro.TypeOptions;
import org.bottledwater.kafka.KafkaSettings;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.ColumnFilter;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.OnError;
import org.bottledwater.pipeline.OnRename;
import org.bottledwater.pipeline.OnTruncate;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.PipelineListener;
import org.bottledwater.pipeline.PluginChoice;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.SlotPolicy;
import org.bottledwater.pipeline.SnapshotMode;
import org.bottledwater.pipeline.TableFilter;
import org.bottledwater.pipeline.ToastMode;
import org.bottledwater.pipeline.TopicRules;
import org.bottledwater.pipeline.ValueForm;
import org.bottledwater.postgres.PostgresAddress;
import org.bottledwater.sandbox.Waiting;

/** What the command line runs, in this process. */
final class CommandLine implements AutoCloseable {
    private final Pipeline pipeline;
    private final Thread thread;

    private CommandLine(Settings settings) {
        pipeline = new Pipeline(settings, new PipelineListener() {});
        thread = new Thread(
                () -> {
                    try {
                        pipeline.run();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                "command-line");
        thread.setDaemon(true);
        thread.start();
    }

    static CommandLine start(
            String postgres,
            String slot,
            String broker,
            OutputFormat format,
            RegistrySettings registry,
            String tables) {
        return new CommandLine(settings(postgres, slot, broker, format, registry, tables));
    }

    static CommandLine start(Settings settings) {
        return new CommandLine(settings);
    }

    static Settings settings(
            String postgres,
            String slot,
            String broker,
            OutputFormat format,
            RegistrySettings registry,
            String tables) {
        return settings(postgres, slot, broker, format, registry, tables, TypeOptions.DEFAULT);
    }

    static Settings settings(
            String postgres,
            String slot,
            String broker,
            OutputFormat format,
            RegistrySettings registry,
            String tables,
            TypeOptions types) {
        return new Settings(
                PostgresAddress.parse(postgres, Map.of(), Path.of("/nonexistent")),
                slot,
                PluginChoice.AUTO,
                Optional.empty(),
                TableFilter.parse(tables),
                tables.equals("*"),
                SnapshotMode.INITIAL,
                2,
                KafkaSettings.of(broker),
                Delivery.EXACTLY_ONCE,
                format,
                registry,
                slot,
                OnError.EXIT,
                OnTruncate.DELETE,
                ToastMode.FETCH,
                PartitionedTables.ROOT,
                Optional.empty(),
                types,
                SlotPolicy.DEFAULT,
                Optional.empty(),
                ColumnFilter.parse("", java.util.Set.of()),
                TopicRules.parse(Map.of()),
                ValueForm.ROW,
                Optional.empty(),
                OnRename.KEEP);
    }

    @Override
    public void close() {
        pipeline.stop();
        Waiting.until("the command line ends", () -> !thread.isAlive());
    }
}
