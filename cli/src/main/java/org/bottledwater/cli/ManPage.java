package org.bottledwater.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** The manual page, in the language of {@code man(7)}. */
final class ManPage {
    private static final String BEFORE = """
            .SH DESCRIPTION
            First a consistent snapshot of every table, then every committed change, in commit order: one topic for each
            table, the primary key as the key, the whole row as the value, null for a delete. A run makes a replication
            slot, copies what is there and goes on with the changes until it is told to stop. Started again it goes on
            where it was.
            """;

    private static final String AFTER = """
            .SH ENVIRONMENT
            Every option can also stand in the environment, as
            .B BOTTLEDWATER_TOPIC_PREFIX=shop,
            or in the file of
            .B \\-\\-config,
            as
            .B topic\\-prefix=shop.
            The command line wins over the environment, the environment over the file.
            .TP
            .B BOTTLEDWATER_HEAP
            The limit of the heap (240m).
            .TP
            .B BOTTLEDWATER_JAVA_OPTS
            More options for Java.
            .TP
            .B BOTTLEDWATER_CACHE
            Folder of Java's archive of loaded classes; none if it is empty (~/.cache/bottledwater).
            .TP
            .B BOTTLEDWATER_LOG_LEVEL
            error, warn, info, debug or trace (info).
            .TP
            .B PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD, PGPASSFILE, PGSSLMODE \\fRand others
            As for every client of PostgreSQL.
            .SH EXIT STATUS
            .TP
            .B 0
            Done.
            .TP
            .B 1
            It failed; the last line says why and what to do.
            .TP
            .B 2
            Wrong usage.
            .TP
            .B 3
            Of status: no instance is running, and the next start can go on.
            .SH SIGNALS
            SIGINT and SIGTERM end a run with everything acknowledged, within seconds; a second one at once. Either way
            the next run goes on from what is in Kafka.
            .SH FILES
            .TP
            .B ~/.pgpass
            Passwords, as for every client of PostgreSQL.
            """;

    private final StringBuilder text = new StringBuilder();

    private ManPage() {}

    static String of(CommandLine commands, String version) {
        ManPage page = new ManPage();
        page.write(commands, version);
        return page.text.toString();
    }

    private void write(CommandLine commands, String version) {
        CommandSpec run = commands.getCommandSpec();
        line(".TH BOTTLEDWATER 1 \"\" \"bottledwater " + version + "\" \"Bottled Water for PostgreSQL\"");
        line(".SH NAME");
        line("bottledwater \\- " + escape(lower(header(run).replaceAll("\\.$", ""))));
        line(".SH SYNOPSIS");
        line(".B bottledwater");
        line("[\\fIOPTIONS\\fR]");
        line(".br");
        line(".B bottledwater");
        line("\\fICOMMAND\\fR [\\fIOPTIONS\\fR]");
        text.append(BEFORE);
        line(".SH OPTIONS");
        List<OptionSpec> rest = new ArrayList<>(run.options());
        for (Map.Entry<String, CommandSpec> mixin : run.mixins().entrySet()) {
            if (!mixin.getKey().equals("Other")) {
                line(".SS " + mixin.getKey());
                options(mixin.getValue().options());
                rest.removeAll(mixin.getValue().options());
            }
        }
        line(".SS Other");
        options(rest);
        line(".SH COMMANDS");
        commands.getSubcommands().forEach((name, command) -> command(name, command.getCommandSpec(), run));
        text.append(AFTER);
    }

    /** What a command has in common with a run is not told again. */
    private void command(String name, CommandSpec command, CommandSpec run) {
        String parameters = command.positionalParameters().stream()
                .map(PositionalParamSpec::paramLabel)
                .collect(Collectors.joining(" "));
        line(".SS " + escape(name + (parameters.isEmpty() ? "" : " " + parameters)));
        line(escape(header(command).replaceAll("\\.$", "") + "."));
        List<OptionSpec> own = new ArrayList<>();
        List<String> shared = new ArrayList<>();
        for (OptionSpec option : command.options()) {
            OptionSpec same = run.findOption(option.longestName());
            if (same != null && description(same).equals(description(option))) {
                shared.add(option.longestName());
            } else {
                own.add(option);
            }
        }
        options(own);
        line(".PP");
        line("And of the options above: " + escape(String.join(", ", shared)) + ".");
    }

    private void options(List<OptionSpec> options) {
        options.stream().sorted(Comparator.comparingInt(OptionSpec::order)).forEach(option -> {
            line(".TP");
            String names = String.join(", ", option.names());
            line(".B " + escape(names + (option.typeInfo().isBoolean() ? "" : "=" + option.paramLabel())));
            line(escape(description(option)));
        });
    }

    private static String header(CommandSpec command) {
        return String.join(" ", command.usageMessage().header());
    }

    private static String description(ArgSpec argument) {
        return String.join(" ", argument.description());
    }

    private static String lower(String sentence) {
        return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
    }

    /** A hyphen is one to be typed, and a line must not begin with a full stop or a quote. */
    private static String escape(String plain) {
        String escaped = plain.replace("\\", "\\e").replace("-", "\\-");
        return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
