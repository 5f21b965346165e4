package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documentation says of the program is so, and it leads nowhere that does not exist. */
class DocsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");
    private static final int LEAST_QUOTES = 30;

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything that the program can print, what is put together from constant pieces as one. */
    private static String printed() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file ->
                            file.toString().endsWith(".java") && file.toString().contains("/src/main/java/"))
                    .map(DocsTest::read)
                    .collect(Collectors.joining("\n"))
                    .replaceAll("\"\\s*\\+\\s*\"", "")
                    .replace("\\\"", "\"");
        }
    }

    @Test
    void shouldQuoteMessagesAsTheProgramPrintsThem() throws IOException {
        String printed = printed();
        List<String> quotes = read(ROOT.resolve("docs/troubleshooting.md"))
                .lines()
                .filter(line -> line.startsWith("> "))
                .map(line -> line.substring(2))
                .toList();

        assertThat(quotes).hasSizeGreaterThan(LEAST_QUOTES).doesNotHaveDuplicates();
        for (String quote : quotes) {
            for (String piece : quote.split("…", -1)) {
                assertThat(printed.contains(piece.strip()))
                        .as("of the message: %s%nthis is printed nowhere: %s", quote, piece)
                        .isTrue();
            }
        }
    }

    @Test
    void shouldLeadToWhatExists() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(ROOT.resolve("README.md"), ROOT.resolve("CHANGELOG.md")));
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
        }
        for (Path page : pages) {
            Matcher link = LINK.matcher(read(page));
            while (link.find()) {
                assertThat(page.resolveSibling(link.group(1)).normalize())
                        .as("linked from " + ROOT.relativize(page))
                        .exists();
            }
        }
    }

    @Test
    void shouldNameOptionsThatExist() throws IOException {
        List<String> known = new ArrayList<>(List.of("--depth", "--json"));
        var commands = Commands.of(new Captured().terminal);
        Stream.concat(Stream.of(commands), commands.getSubcommands().values().stream())
                .forEach(command ->
                        command.getCommandSpec().options().forEach(option -> known.addAll(List.of(option.names()))));
        Pattern option = Pattern.compile("(?<![\\w-])--[a-z][a-z-]+");
        for (String page : List.of(
                "README.md",
                "docs/production.md",
                "docs/troubleshooting.md",
                "docs/consuming.md",
                "docs/coming-from.md")) {
            Matcher named = option.matcher(read(ROOT.resolve(page)));
            while (named.find()) {
                assertThat(known).as(page).contains(named.group());
            }
        }
    }
}
