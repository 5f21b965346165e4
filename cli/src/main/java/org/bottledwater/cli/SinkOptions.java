package org.bottledwater.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bottledwater.pipeline.Delivery;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where it goes, and what the topics are like. */
final class SinkOptions {
    @Mixin
    final KafkaOptions kafka;

    @Option(
            names = "--delivery",
            paramLabel = "HOW",
            order = 2,
            description = "exactly-once or at-least-once (exactly-once)")
    Delivery delivery = Delivery.EXACTLY_ONCE;

    @Option(
            names = {"-p", "--topic-prefix"},
            paramLabel = "PREFIX",
            order = 3,
            description = "Topics are called PREFIX.table")
    String topicPrefix = "";

    @Option(
            names = "--topic-name",
            paramLabel = "TAB=NAME",
            order = 7,
            description = "sales.*=eu.{table} names topics; repeatable")
    Map<String, String> topicNames = new LinkedHashMap<>();

    @Option(
            names = "--partitions",
            paramLabel = "N",
            order = 4,
            description = "Partitions of new topics (as the broker says)")
    int partitions = -1;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            order = 5,
            description = "Copies of new topics (as the broker says)")
    short replicationFactor = -1;

    @Option(
            names = "--no-create-topics",
            arity = "0..1",
            fallbackValue = "true",
            order = 6,
            description = "Never create a topic: others do it")
    boolean noCreateTopics;

    @Option(
            names = {"-T", "--topic-config"},
            paramLabel = "K=V",
            order = 21,
            description = "Any setting of new topics; repeatable")
    Map<String, String> topicConfig = new LinkedHashMap<>();

    @Option(
            names = "--give-up-after",
            paramLabel = "TIME",
            order = 22,
            converter = Durations.class,
            description = "Exit if a server is away for so long: 15m (never)")
    @Nullable
    Duration giveUpAfter;

    SinkOptions() {
        this(new KafkaOptions());
    }

    SinkOptions(KafkaOptions kafka) {
        this.kafka = kafka;
    }
}
