package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

class UsageTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "check --help",
                "status --help",
                "drop --help",
                "tail --help",
                "schema --help",
                "audit --help",
                "checkpoint --help",
                "demo --help"
            })
    void shouldFitTheHelpOnOneScreen(String arguments) {
        Captured captured = new Captured();

        assertThat(captured.run(arguments.split(" "))).isZero();

        assertThat(captured.out().lines())
                .hasSizeBetween(5, 40)
                .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(80));
        assertThat(captured.err()).isEmpty();
    }

    @Test
    void shouldShowTheRarerOptionsWhenAskedForAll() {
        Captured few = new Captured();
        Captured all = new Captured();

        assertThat(few.run("--help")).isZero();
        assertThat(all.run("--help-all")).isZero();

        assertThat(few.out()).contains("--slot=NAME", "--help-all").doesNotContain("--messages-topic");
        assertThat(all.out()).contains("--slot=NAME", "--help-all");
        HelpPage.RARE.forEach(name -> assertThat(all.out()).contains(" " + name));
        HelpPage.RARE_COMMANDS.forEach(name -> {
            assertThat(all.out()).contains("\n  " + name + " ");
            assertThat(few.out()).doesNotContain("\n  " + name + " ");
        });
    }

    /** As they are documented. */
    @Test
    void shouldTakeTheWordsOfEachOptionInLowerCase() {
        List<OptionSpec> options = Commands.of(new Captured().terminal).getCommandSpec().options().stream()
                .filter(option -> option.type().isEnum())
                .toList();
        assertThat(options).hasSizeGreaterThan(8);
        for (OptionSpec option : options) {
            for (Object constant : option.type().getEnumConstants()) {
                String word = constant.toString().toLowerCase(Locale.ROOT).replace('_', '-');
                Captured captured = new Captured();
                assertThat(captured.run(option.longestName() + "=" + word, "--help"))
                        .as(option.longestName() + "=" + word + ": " + captured.err())
                        .isZero();
            }
        }
    }

    @Test
    void shouldNotOfferASecondPageThatIsTheSame() {
        Captured captured = new Captured();

        assertThat(captured.run("drop", "--help")).isZero();

        assertThat(captured.out()).doesNotContain("--help-all");
    }

    @Test
    void shouldTellAnOptionInOneLine() {
        Captured captured = new Captured();
        captured.run("--help-all");

        assertThat(captured.out().lines().filter(line -> line.startsWith("          ")))
                .as("lines that go on with the one before")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--slto x                    | unknown option: --slto (did you mean --slot?)",
                "--slto=secret               | unknown option: --slto (did you mean --slot?)",
                "dorp                        | unknown command: dorp (did you mean drop?)",
                "--slot x drop               | a command comes before its options: bottledwater drop …",
                "-x --snapshot=only -d postgres://h/d | --skip-snapshot is the same as --snapshot=never, and --snapshot says otherwise",
                "--snapshot-workers=0 -d postgres://h/d | --snapshot-workers must be 1 or more: --snapshot-workers=0",
                "--snapshot=often            | invalid value for option '--snapshot': 'often' is none of initial, never, always, only",
                "--delivery=maybe            | invalid value for option '--delivery': 'maybe' is none of exactly-once, at-least-once",
                "--slot                      | missing required parameter for option '--slot' (NAME)",
                "-d postgres://db --partitions=0        | --partitions must be 1 or more: --partitions=0",
                "-d postgres://db --max-retained-wal=50  | not a size: --max-retained-wal=50",
                "-d postgres://db --max-retained-wal=0GB | not a size: --max-retained-wal=0GB",
                "-d postgres://db --catch-up-from=never | not a size: --catch-up-from=never",
                "-d postgres://db --decoding-memory=1x  | not a size: --decoding-memory=1x",
                "-d postgres://db --on-max-wal=exit | --on-max-wal needs a limit",
                "-d postgres://db --on-max-wal=stop | invalid value for option '--on-max-wal': 'stop' is none of warn, exit, drop-slot",
                "-d postgres://db -x --on-lost-slot=resnapshot | --snapshot=never and --on-lost-slot=resnapshot do not go together:",
                "-d postgres://db --column-type=a=bytes | not understood: --column-type=a=bytes",
                "-d postgres://db --value=both          | invalid value for option '--value': 'both' is none of row, change",
                "-d postgres://db --transactions-topic=a --messages-topic=a | --transactions-topic and --messages-topic name the same topic: a",
                "-d postgres://db --mask=a.b=sha256     | not understood: --mask=a.b=sha256",
                "-d postgres://db --mask=a.b.c=md5      | unknown mask: --mask=a.b.c=md5; there are sha256 and redact",
                "-d postgres://db --topic-name=a={x}    | not the name of a topic: --topic-name=a={x}",
                "-d postgres://db --columns=email       | not a column: --columns=email",
                "-d postgres://db -r ftp://x            | not the address of a schema registry: --schema-registry=ftp://x",
                "--config=/no/such/file      | there is no such file: --config=/no/such/file",
                "--slot=x                    | which database? Say for example --postgres=postgres://localhost/mydatabase,"
                        + " or set PGHOST and PGDATABASE",
            })
    void shouldSayWhatIsWrongWithTheUsage(String arguments, String error) {
        Captured captured = new Captured();

        assertThat(captured.run(arguments.split(" "))).isEqualTo(2);

        assertThat(captured.err()).startsWith("bottledwater: " + error).contains("--help' shows how it is used");
        assertThat(captured.out()).isEmpty();
    }

    /** As the help writes them. */
    @Test
    void shouldTakeTheChoicesOfEveryOptionInLowerCase() {
        List<String> options = Commands.of(new Captured().terminal).getCommandSpec().options().stream()
                .filter(option -> option.type().isEnum())
                .map(OptionSpec::longestName)
                .toList();
        assertThat(options).hasSizeGreaterThan(8).allSatisfy(option -> {
            Captured captured = new Captured();
            assertThat(captured.run(option + "=nonsense")).isEqualTo(2);
            assertThat(captured.err()).contains("'" + option + "': 'nonsense' is none of ");
        });
    }

    @Test
    void shouldNameTheHelpOfTheCommand() {
        Captured captured = new Captured();

        assertThat(captured.run("tail", "--form-beginning")).isEqualTo(2);

        assertThat(captured.err()).isEqualTo("""
                        bottledwater: unknown option: --form-beginning (did you mean --from-beginning?)
                          'bottledwater tail --help' shows how it is used
                        """);
    }

    @Test
    void shouldNotPrintAPassword() {
        Captured captured = new Captured();

        captured.run("postgres://me:sesame@db/shop");

        assertThat(captured.err()).doesNotContain("sesame").contains("postgres://me:***@db/shop");
        assertThat(Secrets.hide("cannot use: host=db password='open sesame' user=me, password=sesame"))
                .isEqualTo("cannot use: host=db password=*** user=me, password=***");
    }

    @Test
    void shouldRefuseAnUnknownLogLevel() {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "loud"), "");

        assertThat(captured.run("--version")).isEqualTo(2);

        assertThat(captured.err()).isEqualTo("""
                        bottledwater: unknown log level: BOTTLEDWATER_LOG_LEVEL=loud
                          one of error, warn, info, debug, trace
                          'bottledwater --help' shows how it is used
                        """);
    }

    @Test
    void shouldFailWithAMessageForPeople() {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), "");

        assertThat(captured.run("--postgres=postgres://me:sesame@127.0.0.1:1/shop"))
                .isEqualTo(1);

        assertThat(captured.err())
                .startsWith("bottledwater: ")
                .contains("host=127.0.0.1:1 database=shop user=me")
                .doesNotContain("sesame", "\tat ");
        assertThat(captured.out()).isEmpty();
    }

    @Test
    void shouldSayThatTheMemoryIsNotEnough() {
        Captured captured = new Captured();
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) {
                throw new OutOfMemoryError("Java heap space");
            }
        };
        Terminal terminal = new Terminal(
                captured.terminal.in(),
                new PrintStream(full, true, StandardCharsets.UTF_8),
                captured.terminal.err(),
                Map.of(),
                captured.stop);

        assertThat(Main.run(terminal, "--version")).isEqualTo(1);

        assertThat(captured.err())
                .startsWith("bottledwater: the memory is not enough for the rows in work: heap=")
                .contains("BOTTLEDWATER_HEAP=")
                .doesNotContain("\tat ");
    }

    @Test
    void shouldPrintTheVersion() {
        Captured captured = new Captured();

        assertThat(captured.run("--version")).isZero();

        assertThat(captured.out()).startsWith("bottledwater ").contains("java " + System.getProperty("java.version"));
    }

    @Test
    void shouldListKafkasSettings() {
        Captured captured = new Captured();

        assertThat(captured.run("--config-help")).isZero();

        assertThat(captured.out())
                .contains("  linger.ms [5]\n      The producer groups together any records that arrive")
                .contains("  cleanup.policy\n      ")
                .doesNotContain("<p>", "&lt;");
    }
}
