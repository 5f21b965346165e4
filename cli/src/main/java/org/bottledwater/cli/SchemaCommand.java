package org.bottledwater.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.SchemaRegistry;
import org.bottledwater.kafka.SchemaVerdict;
import org.bottledwater.pipeline.SchemaReport;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.TableFilter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the schemas before any message has one, and asks the registry what it would say of them. */
@Command(name = "schema", header = "Prints the Avro schemas of tables, without running anything")
final class SchemaCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(paramLabel = "TABLE", description = "Patterns as of --tables (all that a run would copy)")
    List<String> patterns = new ArrayList<>();

    @Mixin(name = "PostgreSQL")
    final SourceOptions source = new SourceOptions();

    @Mixin(name = "Messages")
    final MessageOptions messages = new MessageOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = {"-p", "--topic-prefix"},
            paramLabel = "PREFIX",
            order = 50,
            description = "Topics are called PREFIX.table")
    String topicPrefix = "";

    @Option(
            names = "--topic-name",
            paramLabel = "TAB=NAME",
            order = 54,
            description = "sales.*=eu.{table} names topics; repeatable")
    Map<String, String> topicNames = new LinkedHashMap<>();

    @Option(
            names = "--check",
            arity = "0..1",
            fallbackValue = "true",
            order = 51,
            description = "Ask the registry whether it would take them")
    boolean check;

    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "true",
            order = 52,
            description = "A line of JSON for each table, for programs")
    boolean json;

    SchemaCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        if (check && json) {
            throw new WrongUsage("--check prints no schemas: leave out --json");
        }
        SinkOptions sink = new SinkOptions();
        sink.topicPrefix = topicPrefix;
        sink.topicNames.putAll(topicNames);
        Settings settings = RunSettings.of(terminal, source, sink, messages);
        TableFilter wanted = patterns.isEmpty() ? TableFilter.ALL : TableFilter.parse(String.join(",", patterns));
        try (SchemaReport report = SchemaReport.open(settings)) {
            requireKnown(report);
            List<SchemaReport.Entry> entries = report.entries(wanted);
            if (check) {
                return check(report.registry(), entries);
            }
            entries.forEach(json ? this::printLine : this::print);
            return Main.DONE;
        }
    }

    /** A pattern that takes nothing is a slip of the pen more often than not. */
    private void requireKnown(SchemaReport report) {
        for (String pattern : patterns) {
            TableFilter filter = TableFilter.parse(pattern);
            if (!pattern.startsWith("!") && report.tables().stream().noneMatch(filter::captures)) {
                String name = pattern.contains(".") ? pattern : "public." + pattern;
                List<String> names =
                        report.tables().stream().map(String::valueOf).toList();
                throw new ConfigurationException(
                        "no such table is captured: table=" + pattern + Closest.hint(name, names));
            }
        }
    }

    private void print(SchemaReport.Entry entry) {
        PrintStream out = terminal.out();
        out.println("table " + entry.table() + ", topic " + entry.topic());
        entry.key().ifPresent(part -> out.println("key, subject " + part.subject() + ":\n" + pretty(part)));
        out.println("value, subject " + entry.value().subject() + ":\n" + pretty(entry.value()) + "\n");
    }

    private static String pretty(SchemaReport.Part part) {
        return schema(part).toPrettyString().indent(2).stripTrailing();
    }

    private void printLine(SchemaReport.Entry entry) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("table", entry.table().toString()).put("topic", entry.topic());
        entry.key().ifPresent(part -> line.set("key", node(part)));
        line.set("value", node(entry.value()));
        terminal.out().println(line);
    }

    private static ObjectNode node(SchemaReport.Part part) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("subject", part.subject())
                .set("schema", schema(part));
    }

    private static JsonNode schema(SchemaReport.Part part) {
        try {
            return new ObjectMapper().readTree(part.schema().toString());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a schema is not JSON: subject=" + part.subject(), e);
        }
    }

    private int check(SchemaRegistry registry, List<SchemaReport.Entry> entries) {
        int refused = 0;
        for (SchemaReport.Entry entry : entries) {
            for (SchemaReport.Part part : entry.parts()) {
                SchemaVerdict verdict = part.check(registry);
                String text = verdict.text().isEmpty() ? "" : ": " + verdict.text();
                String kind = verdict.kind().name().toLowerCase(Locale.ROOT);
                terminal.out().println(kind + " " + part.subject() + " (table " + entry.table() + ")" + text);
                refused += verdict.kind() == SchemaVerdict.Kind.REFUSED ? 1 : 0;
            }
        }
        if (refused > 0) {
            terminal.err().println("bottledwater: the registry would refuse schemas: refused=" + refused);
            return Main.FAILED;
        }
        return Main.DONE;
    }
}
