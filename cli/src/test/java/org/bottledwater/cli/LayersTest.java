package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.PluginChoice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class LayersTest {
    @TempDir
    Path folder;

    private RunCommand parse(Map<String, String> environment, String... arguments) {
        CommandLine commands = Commands.of(new Captured().terminal);
        Layers layers = Layers.read(commands, environment, List.of(arguments));
        commands.parseArgs(layers.arguments().toArray(String[]::new));
        return commands.getCommand();
    }

    private String file(String... lines) throws IOException {
        return Files.write(folder.resolve("a file.properties"), List.of(lines)).toString();
    }

    @Test
    void shouldTakeTheFlagBeforeTheEnvironmentBeforeTheFileBeforeTheDefault() throws IOException {
        String file =
                file("topic-prefix=file", "slot=file", "broker=file:1", "allow-unkeyed=true", "plugin=test_decoding");

        RunCommand run = parse(
                Map.of("BOTTLEDWATER_TOPIC_PREFIX", "environment", "BOTTLEDWATER_SLOT", "environment"),
                "--config=" + file,
                "--topic-prefix=flag");

        assertThat(run.sink.topicPrefix).isEqualTo("flag");
        assertThat(run.source.postgres.slot).isEqualTo("environment");
        assertThat(run.sink.kafka.broker).isEqualTo("file:1");
        assertThat(run.source.allowUnkeyed).isTrue();
        assertThat(run.source.plugin).isEqualTo(PluginChoice.TEST_DECODING);
        assertThat(run.sink.delivery).isEqualTo(Delivery.EXACTLY_ONCE);
    }

    @Test
    void shouldMergeRepeatableSettingsNameByName() throws IOException {
        String file = file("kafka-config.linger.ms=1", "kafka-config.acks=all", "kafka-config.client.id=file");

        RunCommand run = parse(
                Map.of("BOTTLEDWATER_KAFKA_CONFIG", "linger.ms=2, bootstrap.servers=a:1,b:2,client.id=environment"),
                "--config",
                file,
                "-Cclient.id=flag",
                "-C",
                "sasl.jaas.config=x y=\"z\";");

        assertThat(run.sink.kafka.kafkaConfig)
                .containsOnly(
                        Map.entry("linger.ms", "2"),
                        Map.entry("acks", "all"),
                        Map.entry("bootstrap.servers", "a:1,b:2"),
                        Map.entry("client.id", "flag"),
                        Map.entry("sasl.jaas.config", "x y=\"z\";"));
    }

    @Test
    void shouldLetAFlagOverruleAFlag() throws IOException {
        String file = file("allow-unkeyed=true", "skip-snapshot=true");

        assertThat(parse(Map.of(), "--config=" + file, "-u").source.allowUnkeyed)
                .isTrue();
        assertThat(parse(Map.of(), "--config=" + file, "--allow-unkeyed=false").source.allowUnkeyed)
                .isFalse();
        assertThat(parse(Map.of("BOTTLEDWATER_SKIP_SNAPSHOT", "false"), "--config=" + file).source.skipSnapshot)
                .isFalse();
    }

    @Test
    void shouldFindTheFileByTheEnvironment() throws IOException {
        assertThat(parse(Map.of("BOTTLEDWATER_CONFIG", file("slot=mine"))).source.postgres.slot)
                .isEqualTo("mine");
    }

    @Test
    void shouldTakeNamesWithDotsAsTheyAre() throws IOException {
        RunCommand run = parse(Map.of(), "--config=" + file("column-type.public.orders.note=string"));

        assertThat(run.messages.columnTypes).containsOnly(Map.entry("public.orders.note", "string"));
    }

    @Test
    void shouldShareOneFileAmongTheCommands() throws IOException {
        CommandLine commands = Commands.of(new Captured().terminal);
        String file = file("slot=mine", "broker=there:9092", "from-beginning=true");

        Layers layers = Layers.read(commands, Map.of(), List.of("tail", "--config=" + file, "orders"));

        assertThat(layers.arguments())
                .containsExactly("tail", "--broker=there:9092", "--from-beginning=true", "--config=" + file, "orders");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "topic-prefx=x    | unknown setting: topic-prefx (did you mean topic-prefix?), file=",
                "help=true        | unknown setting: help",
                "kafka-config=a=b | not understood: kafka-config, file=",
                "slot.x=y         | not understood: slot.x, file=",
                "slot=\\u00zz     | cannot read: --config=",
            })
    void shouldRefuseWhatItDoesNotKnowInAFile(String line, String error) throws IOException {
        String file = file(line);

        assertThatThrownBy(() -> parse(Map.of(), "--config=" + file))
                .isInstanceOf(WrongUsage.class)
                .hasMessageStartingWith(error);
    }

    @ParameterizedTest
    @CsvSource({
        "BOTTLEDWATER_TOPIC_PREFX,BOTTLEDWATER_TOPIC_PREFIX",
        "BOTTLEDWATER_KAFKA_CONFG,BOTTLEDWATER_KAFKA_CONFIG"
    })
    void shouldRefuseAnUnknownVariable(String name, String meant) {
        assertThatThrownBy(() -> parse(Map.of(name, "x")))
                .isInstanceOf(WrongUsage.class)
                .hasMessage("unknown environment variable: " + name + " (did you mean " + meant + "?)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "BOTTLEDWATER_CACHE",
                "BOTTLEDWATER_HEAP",
                "BOTTLEDWATER_JAVA_OPTS",
                "BOTTLEDWATER_PORT",
                "BOTTLEDWATER_PORT_8080_TCP_ADDR",
                "BOTTLEDWATER_SERVICE_HOST",
                "BOTTLEDWATER_SERVICE_PORT_HTTP"
            })
    void shouldLeaveTheVariablesOfTheLauncherAndOfKubernetesAlone(String name) {
        assertThat(parse(Map.of(name, "tcp://10.0.0.1:8080")).source.postgres.slot)
                .isEqualTo("bottledwater");
    }

    @Test
    void shouldTakeAnEmptyVariableAsNotSet() {
        assertThat(parse(Map.of("BOTTLEDWATER_SLOT", "")).source.postgres.slot).isEqualTo("bottledwater");
    }

    @Test
    void shouldSayWhereAWrongValueCameFrom() {
        Captured captured = new Captured(Map.of("BOTTLEDWATER_DELIVERY", "maybe"), "");

        assertThat(captured.run("-d", "db")).isEqualTo(2);

        assertThat(captured.err())
                .contains("'maybe' is none of exactly-once, at-least-once, given by BOTTLEDWATER_DELIVERY");
    }

    @Test
    void shouldTakeRunAsTheNameOfWhatItDoesAnyway() {
        assertThat(parse(Map.of(), "run", "--slot=mine").source.postgres.slot).isEqualTo("mine");
    }
}
