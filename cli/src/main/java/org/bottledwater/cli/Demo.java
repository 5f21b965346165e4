package org.bottledwater.cli;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.PipelineListener;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.sandbox.Sandbox;
import org.jspecify.annotations.Nullable;

/** The acts of the demonstration: the real pipeline and a reader each on a thread, and the one that writes to the shop. */
final class Demo implements AutoCloseable {
    private static final long ARRIVAL_MILLIS = 20_000;
    private static final long READING_MILLIS = 1200;

    private final StopSignal stop;
    private final Sandbox sandbox;
    private final DemoShop shop;
    private final DemoView view;
    private final Pipeline pipeline;
    private final StatusPage page;
    private final TopicFollower follower;
    private final ExecutorService threads = Executors.newFixedThreadPool(2);
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

    Demo(Terminal terminal, Sandbox sandbox, DemoShop shop) {
        this.stop = terminal.stop();
        this.sandbox = sandbox;
        this.shop = shop;
        SourceOptions source = new SourceOptions();
        source.postgres.postgres = sandbox.postgres().uri(DemoShop.DATABASE);
        SinkOptions sink = new SinkOptions();
        sink.kafka.broker = sandbox.kafka().bootstrapServers();
        MessageOptions messages = new MessageOptions();
        messages.registry.schemaRegistry = sandbox.registry().url();
        SchemaRegistry registry = new SchemaRegistry(messages.registry.settings());
        this.view =
                new DemoView(terminal.out(), new PayloadReader(Registries.schemas(registry)), terminal.environment());
        Settings settings = RunSettings.of(terminal, source, sink, messages);
        this.pipeline = new Pipeline(settings, new PipelineListener() {});
        pipeline.watchSlot();
        this.page = StatusPage.open("127.0.0.1:0", pipeline.status(), settings);
        KafkaOptions kafka = new KafkaOptions();
        kafka.broker = sink.kafka.broker;
        // It shares the heap with the pipeline.
        kafka.kafkaConfig.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, Integer.toString(4 << 20));
        this.follower = new TopicFollower(kafka, Set.of(), true, false);
    }

    /** Begins to copy and waits until the shop as it is has arrived. */
    void copy() throws SQLException, InterruptedException {
        Map<String, Long> counts = shop.counts();
        long rows = counts.values().stream().mapToLong(Long::longValue).sum();
        view.say("\nA shop was set up: " + spelled(counts)
                + ". This is what copies it, in another terminal you would type:");
        view.plain("    ./bottledwater --postgres=" + sandbox.postgres().uri(DemoShop.DATABASE) + " --broker="
                + sandbox.kafka().bootstrapServers() + " \\");
        view.plain("        --schema-registry=" + sandbox.registry().url());
        view.plain("Its status page, for as long as this runs: " + page.url());
        view.say("\nFirst what is there already, as one consistent snapshot (two rows of each table are shown):");
        threads.execute(this::runPipeline);
        threads.execute(this::read);
        arrive((int) rows);
        view.say("  … " + rows + " rows are in Kafka, a topic for each table, keyed by primary key.\n");
    }

    void tellTheStory() throws SQLException, InterruptedException {
        view.showWhole(true);
        for (DemoStep step : DemoStep.STORY) {
            if (stop.isAsked()) {
                return;
            }
            view.say(step.story());
            take(step);
            stop.await(READING_MILLIS);
        }
        view.showWhole(false);
    }

    /** Writes at random for a while. */
    void beBusy(int seconds) throws SQLException, InterruptedException {
        view.say("\nAnd now an ordinary day, for " + seconds + " seconds.");
        Random random = new Random(7);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        for (int i = 1; System.nanoTime() < end && !stop.await(400); i++) {
            take(DemoStep.ordinary(random, i));
        }
    }

    private void take(DemoStep step) throws SQLException, InterruptedException {
        int before = view.messages();
        step.statements().forEach(view::sql);
        if (step.committed()) {
            shop.transaction(step.statements());
        } else {
            shop.rolledBack(step.statements());
            view.sql("ROLLBACK");
        }
        arrive(before + step.messages());
    }

    private void arrive(int messages) throws InterruptedException {
        boolean arrived =
                view.await(() -> view.messages() >= messages || stop.isAsked() || failure != null, ARRIVAL_MILLIS);
        Throwable cause = failure;
        if (cause != null) {
            throw new IllegalStateException("demo: the pipeline ended: " + cause.getMessage(), cause);
        }
        if (!arrived) {
            throw new IllegalStateException("demo: messages did not arrive within " + ARRIVAL_MILLIS / 1000
                    + " s: messages=" + view.messages() + " expected=" + messages);
        }
    }

    /** Whether the topics, folded by key, have as many rows as the tables. */
    boolean compare() throws SQLException, InterruptedException {
        if (stop.isAsked()) {
            return true;
        }
        Map<String, Long> counts = shop.counts();
        boolean equal = view.await(
                () -> counts.entrySet().stream().allMatch(table -> view.live(table.getKey()) == table.getValue()),
                ARRIVAL_MILLIS);
        view.say("\nThe tables, and their topics folded by key:");
        counts.forEach((table, rows) ->
                view.plain(String.format("    %-12s %4d rows   %4d keys with a value", table, rows, view.live(table))));
        view.plain(equal ? "  They are equal." : "  They differ: please report this.");
        return equal;
    }

    /** Stays until it is told to stop; what is written to the shop is shown. */
    void leaveToPlay() throws InterruptedException {
        view.forgetKeys();
        String shopUri = sandbox.postgres().uri(DemoShop.DATABASE);
        String broker = sandbox.kafka().bootstrapServers();
        String registry = sandbox.registry().url();
        view.say("\nAll of it stays up until Ctrl-C. What you write shows here.");
        List.of(
                        "PostgreSQL       " + shopUri,
                        "Kafka            " + broker,
                        "schema registry  " + registry,
                        "",
                        "Try, in another terminal:",
                        "psql " + shopUri + " -c \"UPDATE products SET price = 9.99 WHERE sku = 'MUG'\"",
                        "./bottledwater tail --from-beginning --broker=" + broker + " --schema-registry=" + registry
                                + " products",
                        "curl -s " + registry + "/subjects")
                .forEach(line -> view.plain("  " + line));
        while (!stop.await(500)) {
            arrive(0);
        }
    }

    private void runPipeline() {
        try {
            pipeline.run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private void read() {
        try (TopicFollower reader = follower) {
            while (!closing) {
                for (ConsumerRecord<byte[], byte[]> message : reader.poll(Duration.ofMillis(200))) {
                    view.message(message);
                }
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    private static String spelled(Map<String, Long> counts) {
        return String.join(
                ", ",
                counts.entrySet().stream()
                        .map(table -> table.getValue() + " " + table.getKey().replace('_', ' '))
                        .toList());
    }

    @Override
    public void close() {
        closing = true;
        pipeline.stop();
        page.close();
        follower.wakeUp();
        threads.shutdown();
        try {
            if (!threads.awaitTermination(10, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
