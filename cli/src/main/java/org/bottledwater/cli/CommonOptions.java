package org.bottledwater.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** What every command takes. */
final class CommonOptions {
    /** Read before everything else by {@link Layers}; declared here so that it is in the help and known to the parser. */
    @Option(
            names = "--config",
            paramLabel = "FILE",
            order = 90,
            description = "Read options from a file: topic-prefix=shop")
    Path config = Path.of("");

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            order = 92,
            description = "Show this")
    boolean help;

    /** Seen to by {@link Commands}: the parser knows of one option for help only. */
    @Option(names = HelpPage.ALL, order = 93, description = "Show the rarer options as well")
    boolean helpAll;
}
