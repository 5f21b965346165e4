package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaSettingsTest {
    @ParameterizedTest
    @CsvSource({
        "acks, 1",
        "enable.idempotence, false",
        "partitioner.ignore.keys, true",
        "transactional.id, mine",
        "key.serializer, x.Y",
        "bootstrap.servers, other:9092",
        "isolation.level, read_uncommitted",
    })
    void shouldRefuseWhatWouldBreakAPromise(String name, String value) {
        assertThatThrownBy(() -> settings(Map.of(name, value)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("Kafka setting not allowed: " + name);
    }

    @Test
    void shouldRefuseAnUnknownSetting() {
        assertThatThrownBy(() -> settings(Map.of("compression.tpye", "zstd")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("unknown Kafka setting: name=compression.tpye;"
                        + " the names are those of Kafka's Java producer, for instance compression.type");
    }

    @Test
    void shouldLetTheUsersSettingsGoOverOurs() {
        KafkaSettings settings = settings(
                Map.of("compression.type", "zstd", "acks", "all", "security.protocol", "SSL", "fetch.max.bytes", "1"));

        assertThat(ClientConfig.producer(settings, "id"))
                .containsEntry("compression.type", "zstd")
                .containsEntry("linger.ms", "5")
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKey("fetch.max.bytes");
        assertThat(ClientConfig.admin(settings))
                .containsEntry("security.protocol", "SSL")
                .doesNotContainKey("compression.type");
        assertThat(ClientConfig.committedConsumer(settings)).containsEntry("fetch.max.bytes", "1");
    }

    @Test
    void shouldReportToJmxOnlyWhoAsksForIt() {
        String jmx = "org.apache.kafka.common.metrics.JmxReporter";
        assertThat(ClientConfig.producer(settings(Map.of()), "id")).containsEntry("metric.reporters", "");
        assertThat(ClientConfig.admin(settings(Map.of()))).containsEntry("metric.reporters", "");
        assertThat(ClientConfig.committedConsumer(settings(Map.of())))
                .containsEntry("metric.reporters", "")
                .containsEntry("enable.metrics.push", "false");
        KafkaSettings wanted = settings(Map.of("metric.reporters", jmx, "enable.metrics.push", "true"));
        assertThat(ClientConfig.producer(wanted, "id")).containsEntry("metric.reporters", jmx);
        assertThat(ClientConfig.committedConsumer(wanted))
                .containsEntry("metric.reporters", jmx)
                .containsEntry("enable.metrics.push", "true");
    }

    @Test
    void shouldNotPrintSecrets() {
        KafkaSettings settings = settings(Map.of("sasl.jaas.config", "password=hunter2"));
        assertThat(settings.toString()).contains("sasl.jaas.config").doesNotContain("hunter2");
    }

    private static KafkaSettings settings(Map<String, String> clientConfig) {
        return new KafkaSettings("localhost:9092", clientConfig, Map.of(), -1, (short) -1, true);
    }
}
