package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.bottledwater.change.Lsn;
import org.bottledwater.kafka.CheckpointState;
import org.bottledwater.kafka.CheckpointTopic;
import org.bottledwater.kafka.Topics;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Slots;
import org.bottledwater.postgres.Table;

/** What {@link Check} finds in Kafka: brokers, topics, and the checkpoint with what a run would make of it. */
final class KafkaCheck {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Settings settings;
    private final Topics topics;
    private final Findings findings;

    KafkaCheck(Settings settings, Topics topics, Findings findings) {
        this.settings = settings;
        this.topics = topics;
        this.findings = findings;
    }

    void run(Optional<Postgres> postgres, List<Table> tables) {
        topics.reachable(PATIENCE);
        int brokers = topics.brokers();
        findings.ok(brokers
                + (brokers == 1 ? " broker answers at " : " brokers answer at ")
                + settings.kafka().bootstrapServers());
        if (postgres.isPresent()) {
            topics(tables);
        }
        CheckpointTopic checkpoints = new CheckpointTopic(settings.kafka(), topics, CheckpointTopic.DEFAULT_NAME);
        boolean there = topics.find(checkpoints.name()).exists();
        if (!there && !settings.kafka().createTopics()) {
            findings.problem(
                    "the checkpoint topic is missing: topic=" + checkpoints.name(),
                    "create it with 1 partition and cleanup.policy=compact, or leave out --no-create-topics");
            return;
        }
        // Looked at first: a running instance writes the checkpoint, and only then has the slot advanced.
        Optional<Slot> slot = postgres.flatMap(session -> new Slots(session).find(settings.slot()));
        CheckpointState state = there ? checkpoints.read(settings.slot(), PATIENCE) : CheckpointState.NONE;
        postgres.ifPresent(session -> findings.passes((Runnable) () -> start(session, state, slot)));
    }

    private void topics(List<Table> tables) {
        Set<String> names = tables.stream()
                .map(table -> TopicNames.topic(settings, table.published()))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> missing = topics.missing(names);
        String some = Names.some(missing);
        if (missing.isEmpty()) {
            findings.ok("the topics of all captured tables are there: " + names.size());
        } else if (settings.kafka().createTopics()) {
            findings.ok("topics to be made: " + some);
        } else {
            findings.problem("topics are missing: " + some, "create them, or leave out --no-create-topics");
        }
        TopicCollisions.of(settings, topics, tables)
                .values()
                .forEach(words -> findings.problem(words.problem(), words.remedy()));
        OtherPartitions.words(settings, topics, names).ifPresent(words -> findings.warn(words, OtherPartitions.REMEDY));
    }

    private void start(Postgres session, CheckpointState state, Optional<Slot> slot) {
        StartPlan plan = StartPlan.of(settings, Found.by(settings, session, slot, state, false));
        if (plan instanceof StartPlan.CopyAnew) {
            findings.warn(words(settings, plan));
        } else {
            findings.ok(words(settings, plan));
        }
    }

    /**
     * What the next start would do.
     *
     * @param slot as it was before the checkpoint was read
     * @throws org.bottledwater.change.ConfigurationException if it could not go on
     */
    static String start(Settings settings, Postgres session, CheckpointState state, Optional<Slot> slot) {
        return words(settings, StartPlan.of(settings, Found.by(settings, session, slot, state, false)));
    }

    private static String words(Settings settings, StartPlan plan) {
        if (plan instanceof StartPlan.CopyAnew anew) {
            return anew.reason() + "; a run makes a new slot and copies every table again";
        }
        if (plan instanceof StartPlan.Resume resume) {
            return "there is a checkpoint: a run goes on at " + Lsn.toString(resume.lsn());
        }
        if (plan instanceof StartPlan.Finish) {
            return "the copy is complete: a run ends at once";
        }
        if (plan instanceof StartPlan.AdoptSlot) {
            return "there is no checkpoint: a run goes on where the slot stands, without a snapshot";
        }
        return "there is no checkpoint: a run begins with "
                + (settings.snapshot() == SnapshotMode.NEVER ? "what changes from then on" : "a snapshot");
    }
}
