package org.bottledwater.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Kafka's own producer benchmark, which sends the same few bytes again and again, as messages of the size that our rows
 * have, with the producer's settings that we have.
 *
 * @param kafka the folder of the jars of Kafka's tools
 */
record ProducerLimit(Path kafka, int bytes, long messages) implements Case, Tool {
    @Override
    public String name() {
        return "limit: Kafka's producer benchmark, " + Counts.text(messages) + " messages of " + bytes + " bytes";
    }

    @Override
    public boolean isLimit() {
        return true;
    }

    @Override
    public List<String> tables(String jobName) {
        return List.of("none");
    }

    @Override
    public Map<String, Double> run(Bench bench, Tool tool, Job job) {
        bench.topics().create(topic(job));
        return Watch.delivery(bench.stack(), bench.topics(), this, job, 0, messages);
    }

    @Override
    public String topic(Job job) {
        return job.name();
    }

    @Override
    public ToolProcess start(Stack stack, Job job) {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                kafka + "/*",
                "org.apache.kafka.tools.ProducerPerformance",
                "--topic",
                topic(job),
                "--num-records",
                Long.toString(messages),
                "--record-size",
                Integer.toString(bytes),
                "--throughput",
                "-1",
                "--producer-props",
                "bootstrap.servers=" + stack.broker(),
                "acks=all",
                "compression.type=lz4",
                "batch.size=131072",
                "linger.ms=5",
                "buffer.memory=50331648");
        return ToolProcess.start(command, Map.of(), job.folder().resolve("producer.log"));
    }
}
