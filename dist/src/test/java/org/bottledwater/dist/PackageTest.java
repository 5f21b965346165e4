package org.bottledwater.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bottledwater.dist.Unpacked.Result;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What somebody has who downloads the package: no checkout, no Maven, no JDK, no rights. */
@Timeout(180)
class PackageTest {
    @TempDir
    static Path folder;

    private static Unpacked unpacked;

    @BeforeAll
    static void unpack() throws Exception {
        unpacked = Unpacked.in(folder);
    }

    @Test
    void shouldHaveWhatIsNeededToInstallIt() {
        assertThat(Stream.of(
                                "README.md",
                                "CHANGELOG.md",
                                "LICENSE",
                                "docs/configuration.md",
                                "etc/bottledwater.properties",
                                "grafana/bottledwater.json",
                                "systemd/bottledwater@.service",
                                "completion/bottledwater.bash",
                                "man/man1/bottledwater.1")
                        .map(unpacked.root::resolve))
                .allSatisfy(file -> assertThat(file).isNotEmptyFile());
        assertThat(unpacked.root.resolve("bin/bottledwater")).isExecutable();
        assertThat(unpacked.root.resolve("connect")).isDirectoryContaining("glob:**/bottledwater-connect-*.zip");
    }

    @Test
    void shouldSayWhatItIsAndWhereItIsUsedWrongly() throws Exception {
        Result version = unpacked.run("--version");
        assertThat(version.code()).as(version.err()).isZero();
        assertThat(version.out()).startsWith("bottledwater 0.");
        assertThat(version.err()).isEmpty();

        Result check = unpacked.run("check", "--postgres=postgres://me@127.0.0.1:1/shop", "--broker=127.0.0.1:1");
        assertThat(check.code()).isEqualTo(1);
        assertThat(check.out()).contains("  ✗ cannot connect: host=127.0.0.1:1 database=shop user=me ");

        Result demo = unpacked.run("demo");
        assertThat(demo.code()).isEqualTo(1);
        assertThat(demo.err()).contains("the demo's servers are not part of a package: run it in a checkout");
    }

    /** The example says what is the default; only where the servers are is changed. */
    @Test
    void shouldCopyADatabaseAsTheExampleSays() throws Exception {
        try (PostgresServer postgres = PostgresServer.start("18");
                KafkaBroker kafka = KafkaBroker.start();
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY)");
            statement.execute("INSERT INTO t SELECT generate_series(1, 10)");
            String example = Files.readString(unpacked.root.resolve("etc/bottledwater.properties"))
                    .replaceFirst("(?m)^postgres = .*", "postgres = " + postgres.uri("postgres"))
                    .replaceFirst("(?m)^broker = .*", "broker = " + kafka.bootstrapServers())
                    .replaceFirst("(?m)^#output-format = json", "output-format = json");
            Path config = Files.writeString(unpacked.elsewhere.resolve("shop.properties"), example);
            Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));

            Process process = unpacked.start("--config", "shop.properties");
            try (BufferedReader log =
                    new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
                assertThat(until(log, "snapshot: complete, 10 rows are in Kafka"))
                        .contains("made slot bottledwater at ");
                until(log, "stream: following the changes from ");
                // The process itself would close its streams as well.
                process.toHandle().destroy();
                until(log, "stopped; the next run goes on from here");
                assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isZero();
            } finally {
                process.destroyForcibly();
            }
            Result status = unpacked.run("status", "--config", "shop.properties");
            assertThat(status.code()).as(status.out() + status.err()).isEqualTo(3);
        }
    }

    private static String until(BufferedReader log, String text) throws Exception {
        StringBuilder read = new StringBuilder();
        String line = log.readLine();
        while (line != null) {
            read.append(line).append('\n');
            if (line.contains(text)) {
                return read.toString();
            }
            line = log.readLine();
        }
        throw new AssertionError("it ended without saying " + text + ": " + read);
    }

    @Test
    void shouldKnowEveryOptionOfTheExample() throws Exception {
        String example = Files.readString(unpacked.root.resolve("etc/bottledwater.properties"))
                .replaceAll("(?m)^#(?=[a-z-]+[a-z.]* = )", "")
                .replaceFirst("(?m)^postgres = .*", "postgres = postgres://me@127.0.0.1:1/shop");
        assertThat(example.lines().filter(line -> line.contains(" = "))).hasSizeGreaterThan(12);
        Path config = Files.writeString(unpacked.elsewhere.resolve("all.properties"), example);
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rw-r--r--"));

        Result result =
                unpacked.run("--config=all.properties", "--kafka-config=security.protocol=PLAINTEXT", "--http=");

        assertThat(result.err()).contains("cannot connect: host=127.0.0.1:1 ");
        assertThat(result.code()).isEqualTo(1);
    }

    @Test
    void shouldHaveAManualPageWithoutFaults() throws Exception {
        assumeThat(Path.of("/usr/bin/groff")).as("checks manual pages").isExecutable();
        Path page = unpacked.root.resolve("man/man1/bottledwater.1");

        Result result = Unpacked.run(List.of("groff", "-man", "-ww", "-z", page.toString()), folder);

        assertThat(result.err()).isEmpty();
        assertThat(page).content().contains(".B \\-d, \\-\\-postgres=URI", ".SS status", ".SH EXIT STATUS");
    }

    @Test
    void shouldCompleteOptionsAndTheirValues() throws Exception {
        assumeThat(Path.of("/bin/bash")).as("runs the completion").isExecutable();
        Path script = unpacked.root.resolve("completion/bottledwater.bash");

        assertThat(complete(script, "--delivery", "")).contains("exactly-once", "at-least-once");
        assertThat(complete(script, "sta")).contains("status");
        assertThat(complete(script, "--top")).contains("--topic-prefix", "--topic-config");
    }

    private static String complete(Path script, String... words) throws Exception {
        String line = "source '" + script + "' && compopt() { :; }; COMP_WORDS=(bottledwater '"
                + String.join("' '", words) + "'); COMP_CWORD=" + words.length
                + "; _complete_bottledwater; echo \"${COMPREPLY[@]}\"";
        Result result = Unpacked.run(List.of("/bin/bash", "-c", line), folder);
        assertThat(result.code()).as(result.err()).isZero();
        return result.out();
    }

    @Test
    void shouldHaveAUnitThatSystemdUnderstands() throws Exception {
        assumeThat(Path.of("/usr/bin/systemd-analyze")).as("checks units").isExecutable();
        String unit = Files.readString(unpacked.root.resolve("systemd/bottledwater@.service"));
        assertThat(unit).contains("ExecStart=/opt/bottledwater/bin/bottledwater ");
        // Neither is it installed there, nor its manual page.
        Path installed = Files.createSymbolicLink(folder.resolve("installed"), unpacked.root);
        Path copy = Files.writeString(
                folder.resolve("bottledwater@shop.service"),
                unit.replace("/opt/bottledwater/", installed + "/").replaceAll("(?m)^Documentation=.*\n", ""));

        Result result = Unpacked.run(List.of("systemd-analyze", "verify", copy.toString()), folder);

        assertThat(result.err().lines().filter(line -> line.contains("bottledwater")))
                .isEmpty();
    }
}
