package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.Share;
import org.junit.jupiter.api.Test;

/** What can be read of a connector's settings without asking a server. */
class SettingsReaderTest {
    private static RegistrySettings registry(Map<String, String> more) {
        Map<String, String> given = new TreeMap<>(more);
        given.put("postgres.url", "postgres://me@dbhost/shop");
        return SettingsReader.read(given, Delivery.EXACTLY_ONCE).pipeline().registry();
    }

    @Test
    void shouldPassOnTheSettingsOfTheRegistrysClient() {
        assertThat(registry(Map.of(
                        "schema.registry", "https://one,https://two/path",
                        "schema.registry.ssl.truststore.location", "/etc/ca.pem",
                        "schema.registry.ssl.truststore.type", "PEM")))
                .isEqualTo(new RegistrySettings(
                        RegistrySettings.of("https://one", "https://two/path").urls(),
                        Map.of("ssl.truststore.location", "/etc/ca.pem", "ssl.truststore.type", "PEM")));
    }

    @Test
    void shouldRefuseASettingThatTheRegistrysClientDoesNotHave() {
        assertThatThrownBy(() -> registry(Map.of("schema.registry.ssl.trust", "x")))
                .isInstanceOf(WrongOption.class)
                .hasMessageStartingWith("unknown setting of the schema registry: name=ssl.trust; known are ");
    }

    @Test
    void shouldDivideASnapshotOnlyWhereAnOldTaskIsFenced() {
        Map<String, String> given = Map.of(
                "postgres.url", "postgres://me@dbhost/shop",
                "slot", "shop",
                "task.division", "snapshot",
                "tasks.max", "3",
                "task.index", "2",
                "task.count", "3");
        TaskSettings settings = SettingsReader.read(given, Delivery.EXACTLY_ONCE);
        assertThat(settings.pipeline().slot()).isEqualTo("shop");
        assertThat(settings.ledger()).isEqualTo("shop+2");
        assertThat(settings.share()).isEqualTo(new Share(2, 3));

        assertThatThrownBy(() -> SettingsReader.read(given, Delivery.AT_LEAST_ONCE))
                .isInstanceOf(WrongOption.class)
                .hasMessageContaining("task.division=snapshot needs exactly-once");
        Map<String, String> grouped = new TreeMap<>(given);
        grouped.put("task.groups", "orders");
        assertThatThrownBy(() -> SettingsReader.read(grouped, Delivery.EXACTLY_ONCE))
                .isInstanceOf(WrongOption.class)
                .hasMessageContaining("leave the groups out");
    }
}
