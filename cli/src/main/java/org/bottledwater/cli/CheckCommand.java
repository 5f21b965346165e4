package org.bottledwater.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.bottledwater.pipeline.Check;
import org.bottledwater.pipeline.Finding;
import org.bottledwater.pipeline.Finding.Level;
import org.bottledwater.pipeline.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks whether a run would work, before there is one, and makes nothing. */
@Command(name = "check", header = "Says whether a run would work, and what mends it if not")
final class CheckCommand implements Callable<Integer> {
    private final Terminal terminal;
    private final List<Finding> found = new ArrayList<>();

    @Mixin(name = "PostgreSQL")
    final SourceOptions source = new SourceOptions();

    @Mixin(name = "Slot")
    final SlotOptions slot = new SlotOptions();

    @Mixin(name = "Kafka")
    final SinkOptions sink = new SinkOptions();

    @Mixin(name = "Messages")
    final MessageOptions messages = new MessageOptions();

    @Mixin(name = "Other")
    final CommonOptions common = new CommonOptions();

    @Option(
            names = "--json",
            arity = "0..1",
            fallbackValue = "true",
            order = 52,
            description = "The findings as one JSON object, for programs")
    boolean json;

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        Settings settings = RunSettings.of(terminal, source, slot, sink, messages);
        Check.run(settings, finding -> {
            if (!json) {
                print(finding);
            }
            found.add(finding);
        });
        long problems = count(Level.PROBLEM);
        if (json) {
            printJson(problems == 0);
        } else {
            printVerdict(problems);
        }
        return problems == 0 ? Main.DONE : Main.FAILED;
    }

    private void print(Finding finding) {
        if (found.isEmpty() || found.get(found.size() - 1).group() != finding.group()) {
            terminal.out().println(finding.group().title());
        }
        terminal.out().println("  " + mark(finding.level()) + " " + Secrets.hide(finding.text()));
        finding.mend().forEach(line -> terminal.out().println("      " + Secrets.hide(line)));
    }

    private static String mark(Level level) {
        return switch (level) {
            case OK -> "✓";
            case WARNING -> "!";
            case PROBLEM -> "✗";
        };
    }

    private void printVerdict(long problems) {
        long warnings = count(Level.WARNING);
        String known = warnings == 0 ? "" : warnings == 1 ? "; one thing to know" : "; " + warnings + " things to know";
        terminal.out()
                .println(
                        problems == 0
                                ? "A run would work" + known + "."
                                : "A run would fail: " + problems + (problems == 1 ? " problem" : " problems") + known
                                        + ".");
    }

    private long count(Level level) {
        return found.stream().filter(finding -> finding.level() == level).count();
    }

    private void printJson(boolean ok) {
        ObjectNode document = JsonNodeFactory.instance.objectNode().put("ok", ok);
        ArrayNode findings = document.putArray("findings");
        for (Finding finding : found) {
            ObjectNode node = findings.addObject()
                    .put("group", finding.group().name().toLowerCase(Locale.ROOT))
                    .put("level", finding.level().name().toLowerCase(Locale.ROOT))
                    .put("text", Secrets.hide(finding.text()));
            ArrayNode mend = node.putArray("mend");
            finding.mend().forEach(line -> mend.add(Secrets.hide(line)));
        }
        terminal.out().println(document);
    }
}
