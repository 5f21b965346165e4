package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** The tables of docs/configuration.md are written from the options themselves. */
class ConfigurationPageTest {
    private static final String BEGIN = "<!-- options: begin -->\n";
    private static final String END = "<!-- options: end -->\n";

    @Test
    void shouldTellOfEveryOption() throws IOException {
        Path page = Path.of("..", "docs", "configuration.md").toAbsolutePath().normalize();
        String text = Files.readString(page);
        String expected =
                text.substring(0, text.indexOf(BEGIN) + BEGIN.length()) + tables() + text.substring(text.indexOf(END));
        if (Boolean.getBoolean("docs.update")) {
            Files.writeString(page, expected);
        }

        assertThat(Files.readString(page))
                .as("to bring it up to date: mvn test -pl cli -Dtest=ConfigurationPageTest -Ddocs.update=true")
                .isEqualTo(expected);
    }

    private static String tables() {
        StringBuilder text = new StringBuilder();
        CommandLine commands = Commands.of(new Captured().terminal);
        table(text, "`bottledwater`", commands.getCommandSpec());
        Map<String, CommandLine> others = new LinkedHashMap<>(commands.getSubcommands());
        others.forEach((name, command) -> table(text, "`bottledwater " + name + "`", command.getCommandSpec()));
        return text.toString();
    }

    private static void table(StringBuilder text, String title, CommandSpec command) {
        text.append("\n## ").append(title).append("\n\n");
        text.append(command.usageMessage().header()[0].replaceAll("\\.$", "")).append(".\n\n");
        text.append("| option | environment, file | |\n|---|---|---|\n");
        List<OptionSpec> options = new ArrayList<>();
        command.mixins().values().forEach(mixin -> {
            List<OptionSpec> own = new ArrayList<>(mixin.options());
            own.sort(Comparator.comparingInt(OptionSpec::order));
            options.addAll(own);
        });
        command.options().stream()
                .filter(option -> !options.contains(option))
                .sorted(Comparator.comparingInt(OptionSpec::order))
                .forEach(options::add);
        Map<String, OptionSpec> settable = Layers.settable(Commands.of(new Captured().terminal));
        for (OptionSpec option : options) {
            String key = Commands.key(option);
            text.append("| ").append(code(option)).append(" | ");
            if (settable.containsKey(key)) {
                text.append('`').append(Layers.variable(key)).append("`, `").append(key);
                text.append(option.typeInfo().isMap() ? ".…`" : "`");
            }
            text.append(" | ").append(option.description()[0]).append(" |\n");
        }
    }

    private static String code(OptionSpec option) {
        List<String> names = new ArrayList<>();
        for (String name : option.names()) {
            boolean valued = name.startsWith("--") && !option.typeInfo().isBoolean();
            names.add("`" + name + (valued ? "=" + option.paramLabel() : "") + "`");
        }
        return String.join(", ", names);
    }
}
