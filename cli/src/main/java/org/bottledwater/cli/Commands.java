package org.bottledwater.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bottledwater.avro.NumericMapping;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.OnError;
import org.bottledwater.pipeline.OnLostSlot;
import org.bottledwater.pipeline.OnMaxWal;
import org.bottledwater.pipeline.OnRename;
import org.bottledwater.pipeline.OnTruncate;
import org.bottledwater.pipeline.OutputFormat;
import org.bottledwater.pipeline.PartitionedTables;
import org.bottledwater.pipeline.PluginChoice;
import org.bottledwater.pipeline.SnapshotMode;
import org.bottledwater.pipeline.ToastMode;
import org.bottledwater.pipeline.ValueForm;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The tree of commands, and how they fail. */
final class Commands {
    private Commands() {}

    static CommandLine of(Terminal terminal) {
        CommandLine commands = new CommandLine(new RunCommand(terminal))
                .addSubcommand(new CheckCommand(terminal))
                .addSubcommand(new StatusCommand(terminal))
                .addSubcommand(new DropCommand(terminal))
                .addSubcommand(new TailCommand(terminal))
                .addSubcommand(new SchemaCommand(terminal))
                .addSubcommand(new SnapshotCommand(terminal))
                .addSubcommand(new AuditCommand(terminal))
                .addSubcommand(new CheckpointCommand(terminal))
                .addSubcommand(new DemoCommand(terminal));
        commands.registerConverter(PluginChoice.class, new Choice<>(PluginChoice.class))
                .registerConverter(Delivery.class, new Choice<>(Delivery.class))
                .registerConverter(OutputFormat.class, new Choice<>(OutputFormat.class))
                .registerConverter(OnError.class, new Choice<>(OnError.class))
                .registerConverter(OnLostSlot.class, new Choice<>(OnLostSlot.class))
                .registerConverter(OnMaxWal.class, new Choice<>(OnMaxWal.class))
                .registerConverter(OnRename.class, new Choice<>(OnRename.class))
                .registerConverter(OnTruncate.class, new Choice<>(OnTruncate.class))
                .registerConverter(ToastMode.class, new Choice<>(ToastMode.class))
                .registerConverter(ValueForm.class, new Choice<>(ValueForm.class))
                .registerConverter(PartitionedTables.class, new Choice<>(PartitionedTables.class))
                .registerConverter(SnapshotMode.class, new Choice<>(SnapshotMode.class))
                .registerConverter(CheckpointCommand.Action.class, new Choice<>(CheckpointCommand.Action.class))
                .registerConverter(LogFormat.class, new Choice<>(LogFormat.class))
                .registerConverter(NumericMapping.class, new Choice<>(NumericMapping.class))
                .setExpandAtFiles(false)
                // The environment and the file are put before the command line as arguments: the later one wins.
                .setOverwrittenOptionsAllowed(true)
                .setOut(writer(terminal.out()))
                .setErr(writer(terminal.err()))
                .setExecutionStrategy(Commands::runLast)
                .setExecutionExceptionHandler((e, command, result) ->
                        e instanceof WrongUsage wrong ? wrongUsage(terminal, wrong) : Main.failed(terminal, e));
        HelpPage.install(commands);
        return commands;
    }

    private static int runLast(ParseResult parsed) {
        if (parsed.hasSubcommand() && !parsed.matchedOptions().isEmpty()) {
            String name = parsed.subcommand().commandSpec().name();
            throw new ParameterException(
                    parsed.commandSpec().commandLine(),
                    "a command comes before its options: bottledwater " + name + " …");
        }
        ParseResult last = parsed.hasSubcommand() ? parsed.subcommand() : parsed;
        if (HelpPage.isAll(last.commandSpec())) {
            CommandLine command = last.commandSpec().commandLine();
            command.usage(command.getOut());
            return ExitCode.OK;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, StandardCharsets.UTF_8);
    }

    static int wrongUsage(Terminal terminal, WrongUsage e) {
        return wrongUsage(terminal, "bottledwater", String.valueOf(e.getMessage()));
    }

    /** Says what is wrong in a line and where the help is; the whole help would push the line off the screen. */
    static int wrongUsage(Terminal terminal, Map<String, String> origins, ParameterException e) {
        String origin = e.getArgSpec() == null ? "" : origins.getOrDefault(key(e.getArgSpec()), "");
        String message = message(e) + (origin.isEmpty() ? "" : ", given by " + origin);
        return wrongUsage(terminal, e.getCommandLine().getCommandSpec().qualifiedName(), message);
    }

    private static int wrongUsage(Terminal terminal, String command, String message) {
        terminal.err().println("bottledwater: " + Secrets.hide(message));
        terminal.err().println("  '" + command + " --help' shows how it is used");
        return ExitCode.USAGE;
    }

    private static String message(ParameterException e) {
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return first(String.valueOf(e.getMessage()));
        }
        String word = unmatched.getUnmatched().get(0);
        CommandLine command = e.getCommandLine();
        if (!word.startsWith("-")) {
            return "unknown command: " + word
                    + Closest.hint(word, command.getSubcommands().keySet());
        }
        String name = word.contains("=") ? word.substring(0, word.indexOf('=')) : word;
        List<String> names = new ArrayList<>();
        for (OptionSpec option : command.getCommandSpec().options()) {
            names.addAll(List.of(option.names()));
        }
        return "unknown option: " + name + Closest.hint(name, names);
    }

    private static String first(String message) {
        return message.isEmpty() ? message : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }

    /** The name that is also the key in a file: {@code topic-prefix}; empty for what has no long name. */
    static String key(ArgSpec argument) {
        if (argument instanceof OptionSpec option && option.longestName().startsWith("--")) {
            return option.longestName().substring(2);
        }
        return "";
    }
}
