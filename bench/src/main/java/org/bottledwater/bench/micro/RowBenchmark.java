package org.bottledwater.bench.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a typical row costs to decode, and to decode and encode. {@code bench/jmh} runs it, with {@code -prof gc}. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 2,
        jvmArgs = {"-Xmx256m", "-XX:+UseSerialGC"})
public class RowBenchmark {
    private final RowPath decoding = new RowPath(null);
    private final RowPath avro = RowPath.toAvro();
    private final RowPath json = RowPath.toJson();
    private final byte[] copyRow = TypicalRow.copyRow();
    private final byte[] binaryInsert = TypicalRow.insert(true);
    private final byte[] textInsert = TypicalRow.insert(false);

    @Benchmark
    public long decodeCopy() {
        return decoding.copyRow(copyRow);
    }

    @Benchmark
    public long decodePgOutput() {
        return decoding.pgOutput(binaryInsert);
    }

    @Benchmark
    public long copyToAvro() {
        return avro.copyRow(copyRow);
    }

    @Benchmark
    public long copyToJson() {
        return json.copyRow(copyRow);
    }

    @Benchmark
    public long pgOutputToAvro() {
        return avro.pgOutput(binaryInsert);
    }

    @Benchmark
    public long pgOutputTextToAvro() {
        return avro.pgOutput(textInsert);
    }
}
