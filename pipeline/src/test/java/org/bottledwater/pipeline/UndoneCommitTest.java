package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.kafka.Sink;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Kafka undoes, or seems to undo, what an export or an import commits. */
final class UndoneCommitTest {
    /** When the fault comes: the commit had no effect, or only its answer is lost. */
    enum Fault {
        BEFORE,
        AFTER
    }

    @ParameterizedTest
    @EnumSource(Fault.class)
    void shouldTryAgain(Fault fault) throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader rows = TopicReader.json(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
            Settings settings = bed.settings();
            stream(settings);
            AtomicInteger faults = new AtomicInteger(2);

            CheckpointTransfer.Moved moved = CheckpointTransfer.export(settings, () -> faulty(settings, fault, faults));

            assertThat(faults).hasValue(fault == Fault.BEFORE ? 0 : 1);
            faults.set(2);
            assertThat(CheckpointTransfer.take(settings, moved.offsets(), () -> faulty(settings, fault, faults))
                            .lsn())
                    .isEqualTo(moved.lsn());
            assertThat(faults).hasValue(fault == Fault.BEFORE ? 0 : 1);
            bed.sql("INSERT INTO t VALUES (2)");
            try (Running running = Running.of(settings)) {
                rows.awaitRows(() -> bed.query("SELECT row_to_json(t) FROM t"), "id");
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(rows.messages()).hasSize(2);
        }
    }

    @Test
    void shouldSayWhyAfterSomeTries() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Settings settings = bed.settings();
            stream(settings);
            AtomicInteger faults = new AtomicInteger(100);
            assertThatThrownBy(() -> CheckpointTransfer.export(settings, () -> faulty(settings, Fault.BEFORE, faults)))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessage("cannot commit: undone");
            assertThat(faults).hasValue(96);
        }
    }

    private static void stream(Settings settings) throws Exception {
        try (Running running = Running.of(settings)) {
            running.awaitStreaming();
        }
    }

    /** Kafka itself, but for so many commits. */
    private static Destination faulty(Settings settings, Fault fault, AtomicInteger faults) {
        return as(Destination.class, new KafkaDestination(settings), (name, call) -> {
            Object answer = call.get();
            return answer instanceof Sink sink ? faultySink(sink, fault, faults) : answer;
        });
    }

    private static Sink faultySink(Sink sink, Fault fault, AtomicInteger faults) {
        return as(Sink.class, sink, (name, call) -> {
            boolean fails = name.equals("commit") && faults.getAndUpdate(left -> left > 0 ? left - 1 : 0) > 0;
            Object answer = fails && fault == Fault.BEFORE ? null : call.get();
            if (fails) {
                throw new ConnectionException("cannot commit: undone", new IllegalStateException("by the test"));
            }
            return answer;
        });
    }

    private static <T> T as(Class<T> type, T real, Around around) {
        InvocationHandler handler = (proxy, method, arguments) -> around.call(method.getName(), () -> {
            try {
                return method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    private interface Call {
        @Nullable
        Object get() throws Throwable;
    }

    private interface Around {
        @Nullable
        Object call(String method, Call call) throws Throwable;
    }
}
