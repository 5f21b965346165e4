package org.bottledwater.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The three places that an option can stand in: the file of {@code --config}, then the environment, then the command
 * line. The first two become arguments in front of those of the command line, and the parser lets the later one win;
 * options that take {@code name=value} win name by name.
 *
 * @param arguments for the parser
 * @param origins for an option that the command line does not have, where its value came from
 */
record Layers(List<String> arguments, Map<String, String> origins) {
    private static final String PREFIX = "BOTTLEDWATER_";
    private static final Set<String> OF_THE_LAUNCHER = Set.of(
            "BOTTLEDWATER_CACHE",
            "BOTTLEDWATER_HEAP",
            "BOTTLEDWATER_JAVA_OPTS",
            "BOTTLEDWATER_TERMINAL",
            Logging.VARIABLE);
    /** These ask for something other than a run; as a standing setting they have no sense. */
    private static final Set<String> ON_THE_COMMAND_LINE_ONLY = Set.of("help-all", "help", "version", "config-help");
    /** What Kubernetes puts into every container for a service that happens to be called "bottledwater". */
    private static final Pattern OF_KUBERNETES =
            Pattern.compile("BOTTLEDWATER_(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT|PORT_[0-9]+_(TCP|UDP|SCTP).*)");
    /** A comma stands between settings only where a new name follows: values may have commas of their own. */
    private static final Pattern BETWEEN_SETTINGS = Pattern.compile("\\R|,(?=\\s*[A-Za-z_][\\w.$-]*=)");

    /** @throws WrongUsage for an unknown variable or setting, or a file that cannot be read */
    static Layers read(CommandLine root, Map<String, String> environment, List<String> given) {
        String word = given.isEmpty() ? "" : given.get(0);
        boolean run = word.equals("run");
        CommandLine command = root.getSubcommands().getOrDefault(word, root);
        boolean named = command != root;
        List<String> own = named || run ? given.subList(1, given.size()) : given;
        List<String> arguments = new ArrayList<>(named ? given.subList(0, 1) : List.of());
        Map<String, String> origins = new LinkedHashMap<>();
        if (own.stream().noneMatch(Set.of("-h", "--help", "-V", "--version")::contains)) {
            Map<String, OptionSpec> known = settable(root);
            Map<String, String> variables = variables(environment, known);
            String file = SettingsFile.named(own, variables.getOrDefault("config", ""));
            if (!file.isEmpty()) {
                SettingsFile.read(file, known).forEach((name, value) -> {
                    String key = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
                    String text = name.contains(".") ? name.substring(name.indexOf('.') + 1) + "=" + value : value;
                    add(command, key, text, arguments);
                    origins.put(key, "file=" + file);
                });
            }
            known.forEach((key, option) -> {
                String value = variables.getOrDefault(key, "");
                if (!value.isEmpty()) {
                    boolean several = option.typeInfo().isMap();
                    for (String text : several ? BETWEEN_SETTINGS.split(value.strip()) : new String[] {value}) {
                        add(command, key, several ? text.strip() : text, arguments);
                    }
                    origins.put(key, variable(key));
                }
                if (own.stream().anyMatch(text -> mentions(text, option))) {
                    origins.remove(key);
                }
            });
        }
        arguments.addAll(own);
        return new Layers(List.copyOf(arguments), Map.copyOf(origins));
    }

    /** An option of another command is no mistake: one file or environment serves all of them. */
    private static void add(CommandLine command, String key, String value, List<String> arguments) {
        if (!key.equals("config") && command.getCommandSpec().findOption("--" + key) != null) {
            arguments.add("--" + key + "=" + value);
        }
    }

    private static Map<String, String> variables(Map<String, String> environment, Map<String, OptionSpec> known) {
        Map<String, String> values = new TreeMap<>();
        environment.forEach((name, value) -> {
            boolean ours = name.startsWith(PREFIX)
                    && !OF_THE_LAUNCHER.contains(name)
                    && !OF_KUBERNETES.matcher(name).matches();
            if (!ours) {
                return;
            }
            String key =
                    name.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '-');
            if (!known.containsKey(key) || !variable(key).equals(name)) {
                List<String> candidates =
                        known.keySet().stream().map(Layers::variable).toList();
                throw new WrongUsage("unknown environment variable: " + name + Closest.hint(name, candidates));
            }
            // Compose files and charts pass variables that nobody filled in.
            if (!value.isEmpty()) {
                values.put(key, value);
            }
        });
        return values;
    }

    /** The options of all commands by the name they have in a file. */
    static Map<String, OptionSpec> settable(CommandLine root) {
        Map<String, OptionSpec> options = new TreeMap<>();
        List<CommandLine> commands = new ArrayList<>(root.getSubcommands().values());
        commands.add(root);
        for (CommandLine command : commands) {
            for (OptionSpec option : command.getCommandSpec().options()) {
                String key = Commands.key(option);
                if (!key.isEmpty() && !ON_THE_COMMAND_LINE_ONLY.contains(key)) {
                    options.put(key, option);
                }
            }
        }
        return options;
    }

    /** The name of an option in the environment. */
    static String variable(String key) {
        return PREFIX + key.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static boolean mentions(String argument, OptionSpec option) {
        for (String name : option.names()) {
            if (argument.equals(name)
                    || argument.startsWith(name + "=")
                    || (name.length() == 2 && argument.startsWith(name))) {
                return true;
            }
        }
        return false;
    }
}
