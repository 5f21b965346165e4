package org.bottledwater.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/**
 * {@code --help}: a page that fits one screen of 80 columns, the options under the headings of what they are about. What
 * few people need is left to {@code --help-all}.
 */
final class HelpPage {
    static final String ALL = "--help-all";

    /** The options that {@code --help} leaves out. */
    static final Set<String> RARE = Set.of(
            "--catch-up-from",
            "--column-type",
            "--columns",
            "--decoding-memory",
            "--failover-slot",
            "--give-up-after",
            "--log-format",
            "--mask",
            "--max-retained-wal",
            "--messages-topic",
            "--no-create-topics",
            "--on-lost-slot",
            "--on-max-wal",
            "--on-rename",
            "--on-truncate",
            "--partitioned",
            "--quiet",
            "--registry-config",
            "--replication-factor",
            "--skip-snapshot",
            "--snapshot-workers",
            "--toast",
            "--topic-name",
            "--transactions-topic",
            "--value");

    /** The commands that it leaves out. */
    static final Set<String> RARE_COMMANDS = Set.of("checkpoint");

    private HelpPage() {}

    static void install(CommandLine root) {
        page(root);
        root.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, help -> commands(help, root.getCommandSpec()));
        root.getSubcommands().values().forEach(HelpPage::page);
        root.getHelpSectionMap()
                .put(
                        UsageMessageSpec.SECTION_KEY_SYNOPSIS,
                        help -> "bottledwater [OPTIONS]\n       bottledwater COMMAND [OPTIONS]\n");
        root.getHelpSectionMap()
                .put(
                        UsageMessageSpec.SECTION_KEY_FOOTER,
                        help -> "Also by environment (BOTTLEDWATER_TOPIC_PREFIX=shop) and by --config FILE.\n");
    }

    private static void page(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.width(80).longOptionsMaxWidth(24).sortOptions(false).abbreviateSynopsis(true);
        command.getHelpSectionMap()
                .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, help -> options(help, command.getCommandSpec()));
    }

    private static String commands(Help help, CommandSpec spec) {
        Map<String, Help> shown = new LinkedHashMap<>(help.subcommands());
        if (!isAll(spec)) {
            shown.keySet().removeAll(RARE_COMMANDS);
        }
        return help.commandList(shown);
    }

    private static String options(Help help, CommandSpec spec) {
        StringBuilder text = new StringBuilder();
        List<OptionSpec> rest = new ArrayList<>(spec.options());
        for (Map.Entry<String, CommandSpec> mixin : spec.mixins().entrySet()) {
            List<OptionSpec> own = mixin.getKey().equals("Other")
                    ? rest
                    : new ArrayList<>(mixin.getValue().options());
            rest = new ArrayList<>(rest);
            rest.removeAll(own);
            own.removeIf(option -> !isShown(option, spec));
            own.sort(Comparator.comparingInt(OptionSpec::order));
            if (!own.isEmpty()) {
                text.append(mixin.getKey()).append('\n').append(list(help, spec, own));
            }
        }
        return text.toString();
    }

    /** A command that has nothing rare has no need of the second page either. */
    private static boolean isShown(OptionSpec option, CommandSpec spec) {
        return option.longestName().equals(ALL) ? hasRare(spec) : isAll(spec) || !RARE.contains(option.longestName());
    }

    /** Whether {@code --help-all} was given. */
    static boolean isAll(CommandSpec spec) {
        return Boolean.TRUE.equals(spec.findOption(ALL).getValue());
    }

    private static boolean hasRare(CommandSpec spec) {
        return spec.options().stream().map(OptionSpec::longestName).anyMatch(RARE::contains);
    }

    private static String list(Help help, CommandSpec spec, List<OptionSpec> options) {
        // The width of the first column is that of all options, under whatever heading they are.
        Help.Layout layout = help.createDefaultLayout(spec.options(), List.of(), help.colorScheme());
        Help.IParamLabelRenderer labels = help.createDefaultParamLabelRenderer();
        layout.addOptions(options, new Help.IParamLabelRenderer() {
            @Override
            public String separator() {
                return labels.separator();
            }

            /** A flag may be given a value, to overrule a file, but nobody wants to read that here. */
            @Override
            public Ansi.Text renderParameterLabel(ArgSpec argument, Ansi ansi, List<Ansi.IStyle> styles) {
                return argument.typeInfo().isBoolean()
                        ? ansi.text("")
                        : labels.renderParameterLabel(argument, ansi, styles);
            }
        });
        return layout.toString();
    }
}
