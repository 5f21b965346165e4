package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.KafkaBroker;
import org.bottledwater.sandbox.PostgresServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code bottledwater checkpoint} prints; the move itself, with a connector, is tested in module connect. */
@Timeout(240)
class CheckpointCommandTest {
    private static final String RUN = "--output-format=json";

    @TempDir
    Path folder;

    private final List<String> servers = new ArrayList<>();

    @Test
    void shouldHandOverOnceAndTakeBack() throws Exception {
        try (PostgresServer postgres = PostgresServer.start("18");
                KafkaBroker kafka = KafkaBroker.start();
                Connection session = DriverManager.getConnection(postgres.jdbcUrl("postgres"), "postgres", "");
                Statement statement = session.createStatement()) {
            statement.execute("CREATE TABLE t (id int PRIMARY KEY)");
            servers.add("--postgres=" + postgres.uri("postgres"));
            servers.add("--broker=" + kafka.bootstrapServers());
            try (Program program = Program.start(folder.resolve("log"), arguments(RUN))) {
                while (!program.output().contains("following the changes")) {
                    assertThat(program.isAlive()).as(program.output()).isTrue();
                    TimeUnit.MILLISECONDS.sleep(50);
                }
                assertThat(program.stop()).isZero();
            }

            if (Files.exists(Path.of("/dev/full"))) {
                assertThatAFullDiskIsTold();
            }
            Captured exported = command(0, "", "checkpoint", "export");

            JsonNode offsets = new ObjectMapper().readTree(exported.out()).path("offsets");
            assertThat(offsets).hasSize(33);
            assertThat(offsets.path(0).path("partition").path("slot").asText()).isEqualTo("bottledwater");
            assertThat(offsets.path(0).path("offset").path("checkpoint").asText())
                    .contains("\"snapshot\":\"complete\"");
            assertThat(exported.err())
                    .contains("slot bottledwater is handed over at ", " with 1 tables", "checkpoint import FILE");
            assertThat(command(1, "", RUN).err())
                    .contains("bottledwater: slot bottledwater was handed to Kafka Connect at ");

            assertThat(command(0, exported.out(), "checkpoint", "import", "-").out())
                    .contains("slot bottledwater goes on here at ", " with 1 tables");
            Path file = Files.writeString(folder.resolve("offsets.json"), exported.out());
            assertThat(command(0, "", "checkpoint", "import", file.toString()).out())
                    .contains("slot bottledwater goes on here at ");
            try (Program program = Program.start(folder.resolve("again"), arguments(RUN))) {
                while (!program.output().contains("following the changes")) {
                    assertThat(program.isAlive()).as(program.output()).isTrue();
                    TimeUnit.MILLISECONDS.sleep(50);
                }
                assertThat(program.output()).doesNotContain("snapshot:");
            }
        }
    }

    /** As with {@code > offsets.json}. */
    private void assertThatAFullDiskIsTold() throws Exception {
        Captured captured = new Captured();
        try (PrintStream full = new PrintStream(new FileOutputStream("/dev/full"), false, StandardCharsets.UTF_8)) {
            Terminal terminal = new Terminal(
                    captured.terminal.in(),
                    full,
                    captured.terminal.err(),
                    Map.of("BOTTLEDWATER_LOG_LEVEL", "error"),
                    captured.stop);
            assertThat(Main.run(terminal, arguments("checkpoint", "export", "--delivery=at-least-once")))
                    .as(captured.err())
                    .isEqualTo(1);
        }
        assertThat(captured.err()).contains("the offsets could not be written: is the disk full?", "run it again");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '"',
            value = {
                "checkpoint import -d postgres://db             ; which file?",
                "checkpoint export x.json -d postgres://db      ; bottledwater checkpoint export > x.json",
                "checkpoint import none.json -d postgres://db   ; there is no such file: none.json",
                "checkpoint move -d postgres://db               ; 'move' is none of export, import",
                "checkpoint -d postgres://db                    ; missing required parameter: 'export|import'",
            })
    void shouldSayWhatIsWrongWithTheArguments(String arguments, String message) {
        Captured captured = new Captured();

        assertThat(captured.run(arguments.split(" "))).isEqualTo(2);

        assertThat(captured.err()).contains(message);
    }

    private String[] arguments(String... own) {
        List<String> all = new ArrayList<>(List.of(own));
        all.addAll(servers);
        return all.toArray(String[]::new);
    }

    private Captured command(int exitCode, String input, String... own) {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_LOG_LEVEL", "error"), input);
        assertThat(captured.run(arguments(own)))
                .as(captured.out() + captured.err())
                .isEqualTo(exitCode);
        return captured;
    }
}
