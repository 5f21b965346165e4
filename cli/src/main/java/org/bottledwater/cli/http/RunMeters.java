package org.bottledwater.cli.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.RunStatus.Phase;
import org.bottledwater.pipeline.TableStatus;
import org.bottledwater.pipeline.TableStatus.CopyState;

/** A run's status as meters. Names and units follow the conventions of Prometheus once its registry has printed them. */
final class RunMeters implements MeterBinder {
    private final RunStatus status;
    private final Set<TableStatus> bound = new HashSet<>();

    RunMeters(RunStatus status) {
        this.status = status;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        gauge(registry, "bottledwater.lag", "bytes", "Log that is written and not in Kafka", RunStatus::lagBytes);
        gauge(
                registry,
                "bottledwater.lag",
                "seconds",
                "Age of the newest change in Kafka while there are newer ones",
                RunStatus::lagSeconds);
        gauge(
                registry,
                "bottledwater.slot.retained.wal",
                "bytes",
                "Log that the server keeps for the slot",
                run -> run.slot().retainedBytes());
        gauge(registry, "bottledwater.kafka.in.flight", "bytes", "Not acknowledged yet", RunStatus::bytesInFlight);
        counter(registry, "bottledwater.outages", "How often a server was away", RunStatus::outages);
        counter(
                registry,
                "bottledwater.dropped.messages",
                "Messages that could not be delivered and were dropped",
                RunStatus::dropped);
        snapshot(registry);
        for (Phase phase : Phase.values()) {
            Gauge.builder("bottledwater.phase", status, run -> run.state().phase() == phase ? 1 : 0)
                    .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                    .description("1 for what the run is doing")
                    .register(registry);
        }
    }

    private void snapshot(MeterRegistry registry) {
        amount(registry, "bottledwater.snapshot.tables", "Tables of the last snapshot", copies -> copies.count());
        amount(
                registry,
                "bottledwater.snapshot.tables.done",
                "Tables of it that are complete",
                copies -> copies.filter(table -> table.copy() == CopyState.DONE).count());
        amount(
                registry,
                "bottledwater.snapshot.rows",
                "Rows of it that were sent",
                copies -> copies.mapToLong(TableStatus::copiedRows).sum());
        amount(
                registry,
                "bottledwater.snapshot.expected.rows",
                "Rows of it in all, as the server estimates",
                copies -> copies.mapToLong(TableStatus::expectedRows).sum());
    }

    private void amount(
            MeterRegistry registry, String name, String text, ToLongFunction<Stream<TableStatus>> ofCopies) {
        Gauge.builder(
                        name,
                        status,
                        run -> ofCopies.applyAsLong(
                                run.tables().stream().filter(table -> table.copy() != CopyState.NONE)))
                .description(text)
                .register(registry);
    }

    /** Tables come while a run goes on: to be called before the meters are read. */
    synchronized void bindTables(MeterRegistry registry) {
        for (TableStatus table : status.tables()) {
            if (!table.topic().isEmpty() && bound.add(table)) {
                String name = table.table().toString();
                FunctionCounter.builder("bottledwater.messages", table, TableStatus::messages)
                        .tags("table", name, "topic", table.topic())
                        .description("Messages sent, those of a copy included")
                        .register(registry);
                FunctionCounter.builder("bottledwater.message", table, TableStatus::bytes)
                        .baseUnit("bytes")
                        .tags("table", name, "topic", table.topic())
                        .description("Bytes of the keys and values sent")
                        .register(registry);
            }
        }
    }

    private void gauge(MeterRegistry registry, String name, String unit, String text, ToDoubleFunction<RunStatus> of) {
        Gauge.builder(name + "." + unit, status, of).description(text).register(registry);
    }

    private void counter(MeterRegistry registry, String name, String text, ToDoubleFunction<RunStatus> of) {
        FunctionCounter.builder(name, status, of).description(text).register(registry);
    }
}
