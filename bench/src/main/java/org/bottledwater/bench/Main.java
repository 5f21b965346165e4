package org.bottledwater.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench/run}. */
@Command(
        name = "bench/run",
        mixinStandardHelpOptions = true,
        description = "Measures bottledwater beside Debezium and what the servers can do at most.",
        sortOptions = false)
final class Main implements Callable<Integer> {
    @Option(names = "--cases", split = ",", description = "Which: ${COMPLETION-CANDIDATES} (default: all)")
    private List<CaseGroup> cases = List.of(CaseGroup.values());

    @Option(names = "--tools", split = ",", description = "Which: ${COMPLETION-CANDIDATES} (default: the first two)")
    private List<ToolChoice> tools = List.of(ToolChoice.bottledwater, ToolChoice.debezium);

    @Option(names = "--rows", description = "Rows of a snapshot or a backlog (default: ${DEFAULT-VALUE})")
    private long rows = 1_000_000;

    @Option(names = "--large", description = "Rows of the large snapshot; 0: none (default: ${DEFAULT-VALUE})")
    private long largeRows = 10_000_000;

    @Option(names = "--repeats", description = "How often all of it is run (default: ${DEFAULT-VALUE})")
    private int repeats = 3;

    @Option(names = "--seconds", description = "Of a measurement at a steady rate (default: ${DEFAULT-VALUE})")
    private int seconds = 20;

    @Option(names = "--unix-socket", description = "Reach PostgreSQL by its unix socket instead of TCP")
    private boolean unixSocket;

    @Option(names = "--major", description = "Of PostgreSQL: 18, 15, 12 (default: ${DEFAULT-VALUE})")
    private String major = "15";

    @Option(names = "--bottledwater", split = " ", description = "More options of bottledwater")
    private List<String> ownOptions = List.of();

    @Option(names = "--debezium", split = " ", description = "More settings of the connector, as name=value")
    private List<String> debeziumSettings = List.of();

    @Option(names = "--debezium-java", split = " ", description = "Options of its worker's JVM")
    private List<String> debeziumJava = List.of("-Xms1g", "-Xmx1g", "-XX:+UseParallelGC");

    @Option(names = "--out", description = "Folder of the results (default: ${DEFAULT-VALUE})")
    private Path out = Path.of("bench/target/results");

    enum ToolChoice {
        bottledwater,
        debezium,
        /** Ours without transactions of Kafka's, to see what these cost. */
        at_least_once
    }

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main()).execute(arguments));
    }

    @Override
    public Integer call() throws Exception {
        Plan plan = new Plan(cases, rows, largeRows, repeats, seconds, kafka());
        List<Tool> chosen = tools.stream().map(this::tool).toList();
        Report report = new Report(out, plan);
        try (Stack stack = Stack.start(major, unixSocket);
                Topics topics = new Topics(stack.broker())) {
            new Session(new Bench(stack, topics, out), chosen, report).run(plan);
        }
        System.out.println(report.text());
        return 0;
    }

    private static Path kafka() {
        return Path.of(System.getProperty("bench.kafka", ""));
    }

    private Tool tool(ToolChoice choice) {
        Path checkout = Path.of(System.getProperty("bench.checkout", "."));
        return switch (choice) {
            case bottledwater -> new Bottledwater(choice.name(), checkout, ownOptions);
            case at_least_once ->
                new Bottledwater(
                        choice.name(),
                        checkout,
                        Stream.concat(ownOptions.stream(), Stream.of("--delivery=at-least-once"))
                                .toList());
            case debezium ->
                new Debezium(
                        choice.name(),
                        System.getProperty("bench.debezium", ""),
                        debeziumJava,
                        Settings.parse(debeziumSettings));
        };
    }
}
