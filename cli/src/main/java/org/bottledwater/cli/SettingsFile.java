package org.bottledwater.cli;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The file of {@code --config}: lines of {@code topic-prefix=shop} in the syntax of {@link Properties}, in UTF-8. An
 * option that is repeatable on the command line has a line for each: {@code kafka-config.linger.ms=5}.
 */
final class SettingsFile {
    private SettingsFile() {}

    /** The file that the command line names, else {@code otherwise}. */
    static String named(List<String> arguments, String otherwise) {
        String file = otherwise;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.startsWith("--config=")) {
                file = argument.substring("--config=".length());
            } else if (argument.equals("--config") && i + 1 < arguments.size()) {
                file = arguments.get(i + 1);
            }
        }
        return file;
    }

    static Map<String, String> read(String file, Map<String, OptionSpec> known) {
        Properties lines = new Properties();
        try (Reader reader = Files.newBufferedReader(Path.of(file), StandardCharsets.UTF_8)) {
            lines.load(reader);
        } catch (NoSuchFileException | InvalidPathException e) {
            throw new WrongUsage("there is no such file: --config=" + file, e);
        } catch (CharacterCodingException e) {
            throw new WrongUsage("not in UTF-8: --config=" + file, e);
        } catch (IOException | IllegalArgumentException e) {
            throw new WrongUsage("cannot read: --config=" + file + ": " + e.getMessage(), e);
        }
        Map<String, String> settings = new TreeMap<>();
        for (String name : lines.stringPropertyNames()) {
            String key = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
            OptionSpec option = known.get(key);
            if (option == null || key.equals("config")) {
                throw new WrongUsage("unknown setting: " + name + Closest.hint(key, known.keySet()) + ", file=" + file);
            }
            if (option.typeInfo().isMap() != name.contains(".")) {
                String right = option.typeInfo().isMap() ? key + ".<name>=<value>" : key + "=<value>";
                throw new WrongUsage("not understood: " + name + ", file=" + file + "\n  write it like " + right);
            }
            settings.put(name, lines.getProperty(name).strip());
        }
        return settings;
    }
}
