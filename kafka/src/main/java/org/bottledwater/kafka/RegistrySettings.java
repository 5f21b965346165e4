package org.bottledwater.kafka;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Where the schema registry is and how to talk to it.
 *
 * @param urls tried in turn; each may have a path, and {@code user:password@}
 * @param config {@code basic.auth.user.info}, {@code bearer.auth.token}, {@code request.timeout.ms} and
 *     {@code ssl.truststore.*}, {@code ssl.keystore.*}, {@code ssl.key.password} as Confluent's own clients have them
 */
public record RegistrySettings(List<URI> urls, Map<String, String> config) {
    /** @throws org.bottledwater.change.ConfigurationException for a setting that is unknown */
    public RegistrySettings {
        urls = List.copyOf(urls);
        config = Map.copyOf(config);
        RegistryConfig.check(config);
    }

    /** With no setting but the address. */
    public static RegistrySettings of(String... urls) {
        return new RegistrySettings(Arrays.stream(urls).map(URI::create).toList(), Map.of());
    }

    /** Without users and passwords. */
    @Override
    public String toString() {
        return "hosts=" + urls.stream().map(URI::getHost).toList() + " config=" + config.keySet();
    }
}
