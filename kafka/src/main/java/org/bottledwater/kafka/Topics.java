package org.bottledwater.kafka;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks topics up, and makes those that are missing. A topic that exists is never altered. Thread-safe. */
public final class Topics implements TopicLookup, AutoCloseable {
    /** Keeps a request below what a controller takes at once (10,000 partitions and settings). */
    private static final int TOPICS_PER_REQUEST = 200;

    private static final Logger LOG = LoggerFactory.getLogger(Topics.class);

    private static final Duration LEADER_PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

    private final KafkaSettings settings;
    private final Admin admin;

    /** @throws ConfigurationException for a setting with a wrong value */
    public Topics(KafkaSettings settings) {
        this.settings = settings;
        try {
            this.admin = Admin.create(ClientConfig.admin(settings));
        } catch (KafkaException e) {
            throw Faults.of("cannot use Kafka at " + settings.bootstrapServers(), e);
        }
    }

    /** @throws ConnectionException if no broker answers within {@code patience} */
    public void reachable(Duration patience) {
        try {
            new Answers(patience).of(admin.describeCluster().nodes());
        } catch (Answers.LateException | KafkaException e) {
            RuntimeException fault = Faults.of("cannot reach Kafka at " + settings.bootstrapServers(), e);
            throw fault instanceof ConnectionException
                    ? new ConnectionException(fault.getMessage() + "; is it running, and is --broker right?", e)
                    : fault;
        }
    }

    /** How many brokers the cluster has now. */
    public int brokers() {
        try {
            return new Answers().of(admin.describeCluster().nodes()).size();
        } catch (Answers.LateException | KafkaException e) {
            throw Faults.of("cannot reach Kafka at " + settings.bootstrapServers(), e);
        }
    }

    /** Those of these topics that do not exist. */
    public Set<String> missing(Set<String> names) {
        Set<String> missing = new TreeSet<>(names);
        missing.removeAll(existing(missing, false));
        return missing;
    }

    @Override
    public Topic find(String name) {
        boolean exists = existing(Set.of(name), false).contains(name);
        return exists ? topic(name, configs(List.of(name)).getOrDefault(name, Map.of())) : Topic.missing(name);
    }

    @Override
    public Map<String, Topic> ensureAll(Map<String, Boolean> keyed) {
        List<NewTopic> wanted = new ArrayList<>();
        new TreeMap<>(keyed).forEach((name, hasKey) -> {
            Map<String, String> config = new HashMap<>();
            if (hasKey) {
                config.put(TopicConfig.CLEANUP_POLICY_CONFIG, TopicConfig.CLEANUP_POLICY_COMPACT);
            }
            config.putAll(settings.topicConfig());
            wanted.add(newTopic(name, settings.partitions(), config));
        });
        Map<String, Topic> found = new HashMap<>();
        for (int i = 0; i < wanted.size(); i += TOPICS_PER_REQUEST) {
            ensure(wanted.subList(i, Math.min(i + TOPICS_PER_REQUEST, wanted.size())), found);
        }
        return found;
    }

    NewTopic newTopic(String name, int partitions, Map<String, String> config) {
        Optional<Short> replicas = settings.replicationFactor() == KafkaSettings.BROKER_DEFAULT
                ? Optional.empty()
                : Optional.of(settings.replicationFactor());
        Optional<Integer> parts =
                partitions == KafkaSettings.BROKER_DEFAULT ? Optional.empty() : Optional.of(partitions);
        return new NewTopic(name, parts, replicas).configs(config);
    }

    void ensure(List<NewTopic> wanted, Map<String, Topic> found) {
        Set<String> missing = new TreeSet<>();
        wanted.forEach(topic -> missing.add(topic.name()));
        missing.removeAll(existing(missing, false));
        if (settings.createTopics() && !missing.isEmpty()) {
            Set<String> created = create(wanted.stream()
                    .filter(topic -> missing.contains(topic.name()))
                    .toList());
            awaitLeaders(created);
            missing.removeAll(created);
        }
        List<String> present = new ArrayList<>();
        for (NewTopic topic : wanted) {
            if (missing.contains(topic.name())) {
                found.put(topic.name(), Topic.missing(topic.name()));
            } else {
                present.add(topic.name());
            }
        }
        Map<String, Map<String, String>> configs = configs(present);
        present.forEach(name -> found.put(name, topic(name, configs.getOrDefault(name, Map.of()))));
    }

    /** Without the right to read the limit there is none to go by: the broker then refuses by itself, if later. */
    private static Topic topic(String name, Map<String, String> config) {
        String limit = config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG);
        return new Topic(
                name,
                limit == null ? Integer.MAX_VALUE : Integer.parseInt(limit),
                "uncompressed".equals(config.get(TopicConfig.COMPRESSION_TYPE_CONFIG)),
                config.getOrDefault(TopicConfig.CLEANUP_POLICY_CONFIG, "").contains("compact"),
                TimestampRange.of(config),
                true);
    }

    /** Which of these exist; with {@code led}, only those whose partitions all have a leader. */
    private Set<String> existing(Set<String> names, boolean led) {
        Set<String> existing = new TreeSet<>();
        describe(names, topic -> {
            if (!led || topic.partitions().stream().allMatch(p -> p.leader() != null)) {
                existing.add(topic.name());
            }
        });
        return existing;
    }

    /** Those that do not exist are passed over. */
    private void describe(Set<String> names, Consumer<TopicDescription> found) {
        Answers answers = new Answers();
        admin.describeTopics(names).topicNameValues().forEach((name, future) -> {
            try {
                found.accept(answers.of(future));
            } catch (UnknownTopicOrPartitionException e) {
                // Not there (yet).
            } catch (Answers.LateException | KafkaException e) {
                throw Faults.of("cannot look up topic: topic=" + name, e);
            }
        });
    }

    /** Returns those that are there now. One whose name Kafka does not take is no reason to do without the others. */
    private Set<String> create(List<NewTopic> wanted) {
        Set<String> created = new TreeSet<>();
        Answers answers = new Answers();
        admin.createTopics(wanted).values().forEach((name, future) -> {
            try {
                answers.of(future);
                created.add(name);
            } catch (TopicExistsException e) {
                // Somebody was quicker: as good.
                created.add(name);
            } catch (InvalidTopicException e) {
                LOG.warn("Kafka does not create a topic of this name: topic={}: {}", name, e.getMessage());
            } catch (AuthorizationException e) {
                throw new ConfigurationException(
                        "cannot create topic: topic=" + name + ": " + e.getMessage()
                                + "; grant Create on the topic or the cluster, or create it and use --no-create-topics",
                        e);
            } catch (Answers.LateException | KafkaException e) {
                throw Faults.of("cannot create topic: topic=" + name, e);
            }
        });
        return created;
    }

    /** A broker tells of a new topic before it can take messages for it. */
    private void awaitLeaders(Set<String> created) {
        Set<String> awaited = new TreeSet<>(created);
        long deadline = System.nanoTime() + LEADER_PATIENCE.toNanos();
        while (true) {
            awaited.removeAll(existing(awaited, true));
            if (awaited.isEmpty()) {
                return;
            }
            if (System.nanoTime() > deadline) {
                throw new ConnectionException(
                        "new topics have no leader yet: topics=" + awaited, new Answers.LateException());
            }
            Answers.pause(LOOK_AGAIN);
        }
    }

    /** The settings in force, by topic; a topic is left out if it may not be looked at. */
    Map<String, Map<String, String>> configs(List<String> names) {
        Map<String, Map<String, String>> configs = new HashMap<>();
        List<ConfigResource> resources = names.stream()
                .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                .toList();
        Answers answers = new Answers();
        admin.describeConfigs(resources).values().forEach((resource, future) -> {
            try {
                configs.put(resource.name(), settings(answers.of(future)));
            } catch (AuthorizationException e) {
                // The work can go on without.
            } catch (Answers.LateException | KafkaException e) {
                throw Faults.of("cannot look up topic: topic=" + resource.name(), e);
            }
        });
        return configs;
    }

    /** A setting of some broker, if it may be read. */
    Optional<String> brokerSetting(String name) {
        try {
            Answers answers = new Answers();
            int broker = answers.of(admin.describeCluster().nodes())
                    .iterator()
                    .next()
                    .id();
            ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, Integer.toString(broker));
            KafkaFuture<Config> config =
                    admin.describeConfigs(List.of(resource)).values().get(resource);
            return config == null
                    ? Optional.empty()
                    : Optional.ofNullable(settings(answers.of(config)).get(name));
        } catch (AuthorizationException e) {
            return Optional.empty();
        } catch (Answers.LateException | KafkaException e) {
            throw Faults.of("cannot ask Kafka for its settings", e);
        }
    }

    private static Map<String, String> settings(Config config) {
        Map<String, String> settings = new HashMap<>();
        config.entries().forEach(entry -> {
            if (entry.value() != null) {
                settings.put(entry.name(), entry.value());
            }
        });
        return settings;
    }

    @Override
    public Map<String, Integer> otherwisePartitioned(Set<String> names) {
        Map<String, Integer> others = new TreeMap<>();
        if (settings.partitions() != KafkaSettings.BROKER_DEFAULT) {
            describe(names, topic -> {
                if (topic.partitions().size() != settings.partitions()) {
                    others.put(topic.name(), topic.partitions().size());
                }
            });
        }
        return others;
    }

    @Override
    public Map<String, String> colliding(Set<String> names) {
        Map<String, String> others = new HashMap<>();
        Map<String, String> colliding = new TreeMap<>();
        Set<String> existing;
        try {
            existing = new Answers()
                    .of(admin.listTopics(new ListTopicsOptions().listInternal(true))
                            .names());
        } catch (Answers.LateException | KafkaException e) {
            throw Faults.of("cannot list topics", e);
        }
        existing.forEach(name -> others.put(metricName(name), name));
        for (String name : new TreeSet<>(names)) {
            String other = others.putIfAbsent(metricName(name), name);
            if (other != null && !other.equals(name) && !existing.contains(name)) {
                colliding.put(name, other);
            }
        }
        return colliding;
    }

    private static String metricName(String topic) {
        return topic.replace('.', '_');
    }

    @Override
    public Map<String, TopicEnds> ends(Set<String> names) {
        Map<String, TopicEnds> ends = new HashMap<>();
        List<String> all = new ArrayList<>(new TreeSet<>(names));
        for (int i = 0; i < all.size(); i += TOPICS_PER_REQUEST) {
            ends(new TreeSet<>(all.subList(i, Math.min(i + TOPICS_PER_REQUEST, all.size()))), ends);
        }
        return ends;
    }

    private void ends(Set<String> names, Map<String, TopicEnds> ends) {
        Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
        Map<String, String> ids = new HashMap<>();
        describe(names, topic -> {
            ids.put(topic.name(), topic.topicId().toString());
            topic.partitions()
                    .forEach(partition ->
                            asked.put(new TopicPartition(topic.name(), partition.partition()), OffsetSpec.latest()));
        });
        try {
            Map<String, Map<Integer, Long>> found = new HashMap<>();
            new Answers()
                    .of(admin.listOffsets(asked, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                            .all())
                    .forEach((partition, end) -> found.computeIfAbsent(partition.topic(), first -> new HashMap<>())
                            .put(partition.partition(), end.offset()));
            found.forEach((name, offsets) -> ends.put(name, new TopicEnds(ids.getOrDefault(name, ""), offsets)));
        } catch (Answers.LateException | KafkaException e) {
            throw Faults.of("cannot look up where topics end: topics=" + names, e);
        }
    }

    Admin admin() {
        return admin;
    }

    @Override
    public void close() {
        admin.close(Duration.ofSeconds(2));
    }
}
