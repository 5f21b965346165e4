package org.bottledwater.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.TreeMap;
import org.bottledwater.kafka.RegistrySettings;
import org.bottledwater.pipeline.Delivery;
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
}
