package org.bottledwater.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Writes what belongs to the package besides the program, from the options themselves: {@code man/man1/bottledwater.1}
 * and {@code completion/bottledwater.bash}. Run by the build.
 */
public final class Handbook {
    private Handbook() {}

    /** @param arguments a folder, and the version */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        CommandLine commands = Commands.of(new Terminal(System.in, System.out, System.err, Map.of(), new StopSignal()));
        Path man = Files.createDirectories(folder.resolve("man").resolve("man1"));
        Files.writeString(man.resolve("bottledwater.1"), ManPage.of(commands, arguments[1]));
        Path completion = Files.createDirectories(folder.resolve("completion"));
        Files.writeString(completion.resolve("bottledwater.bash"), completion(commands));
    }

    static String completion(CommandLine commands) {
        String script = AutoComplete.bash("bottledwater", commands);
        script = spelled(script, commands.getCommandSpec());
        for (CommandLine command : commands.getSubcommands().values()) {
            script = spelled(script, command.getCommandSpec());
        }
        return script;
    }

    /** The values of a choice as people write them. */
    private static String spelled(String script, CommandSpec command) {
        String text = script;
        for (ArgSpec argument : command.args()) {
            if (argument.type().isEnum()) {
                for (Object constant : argument.type().getEnumConstants()) {
                    String name = ((Enum<?>) constant).name();
                    text = text.replace(
                            "\"" + name + "\"",
                            "\"" + name.toLowerCase(Locale.ROOT).replace('_', '-') + "\"");
                }
            }
        }
        return text;
    }
}
