package org.bottledwater.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.bottledwater.kafka.SchemaRegistry;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what is in Kafka. */
@Command(name = "tail", header = "Prints messages as they come, as JSON lines, Avro decoded")
final class TailCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Terminal terminal;

    @Parameters(paramLabel = "TOPIC", description = "Which topics (all that are not internal)")
    Set<String> topics = new LinkedHashSet<>();

    @Mixin(name = "Kafka")
    final KafkaOptions kafka = new KafkaOptions();

    @Mixin(name = "Schema registry")
    final RegistryOptions registry = new RegistryOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = {"-a", "--from-beginning"},
            arity = "0..1",
            fallbackValue = "true",
            order = 50,
            description = "Also what is there already")
    boolean fromBeginning;

    @Option(
            names = {"-n", "--max-messages"},
            paramLabel = "N",
            order = 51,
            description = "End after so many")
    long maxMessages = Long.MAX_VALUE;

    @Option(
            names = "--read-uncommitted",
            arity = "0..1",
            fallbackValue = "true",
            order = 52,
            description = "Also what is not committed, or was aborted")
    boolean readUncommitted;

    TailCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        MessageJson messages =
                new MessageJson(new PayloadReader(Registries.schemas(new SchemaRegistry(registry.settings()))));
        PrintStream out = terminal.out();
        long printed = 0;
        try (TopicFollower follower = new TopicFollower(kafka, topics, fromBeginning, readUncommitted)) {
            terminal.stop().whenAsked(follower::wakeUp);
            boolean told = false;
            while (!terminal.stop().isAsked() && printed < maxMessages && !out.checkError()) {
                for (ConsumerRecord<byte[], byte[]> message : follower.poll(PATIENCE)) {
                    out.println(messages.line(message));
                    if (++printed == maxMessages) {
                        break;
                    }
                }
                if (!told && !follower.missing().isEmpty()) {
                    terminal.err()
                            .println("bottledwater: waiting for topics that do not exist yet: "
                                    + String.join(", ", follower.missing()));
                    told = true;
                }
            }
        }
        return Main.DONE;
    }
}
