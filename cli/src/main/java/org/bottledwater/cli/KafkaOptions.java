package org.bottledwater.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** Where Kafka is. */
final class KafkaOptions {
    @Option(
            names = {"-b", "--broker"},
            paramLabel = "HOST:PORT",
            order = 1,
            description = "Broker, or several by commas (localhost:9092)")
    String broker = "localhost:9092";

    @Option(
            names = {"-C", "--kafka-config"},
            paramLabel = "K=V",
            order = 20,
            description = "Any setting of Kafka's client; repeatable")
    Map<String, String> kafkaConfig = new LinkedHashMap<>();
}
