package org.bottledwater.cli;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bottledwater.kafka.RegistrySettings;
import picocli.CommandLine.Option;

/** Where the schema registry is. */
final class RegistryOptions {
    @Option(
            names = {"-r", "--schema-registry"},
            paramLabel = "URL",
            order = 2,
            description = "Or several by commas (http://localhost:8081)")
    String schemaRegistry = "http://localhost:8081";

    @Option(
            names = "--registry-config",
            paramLabel = "K=V",
            order = 21,
            description = "Any setting of the registry's client; repeatable")
    Map<String, String> registryConfig = new LinkedHashMap<>();

    /** @throws org.bottledwater.change.ConfigurationException for a setting that is unknown */
    RegistrySettings settings() {
        return new RegistrySettings(addresses(), registryConfig);
    }

    private List<URI> addresses() {
        List<URI> addresses = new ArrayList<>();
        for (String part : schemaRegistry.split(",", -1)) {
            URI address = address(part.strip());
            boolean usable = address.getHost() != null
                    && ("http".equals(address.getScheme()) || "https".equals(address.getScheme()));
            if (!usable) {
                throw wrong(part);
            }
            addresses.add(address);
        }
        return List.copyOf(addresses);
    }

    private static URI address(String text) {
        try {
            return URI.create(text);
        } catch (IllegalArgumentException e) {
            throw wrong(text);
        }
    }

    private static WrongUsage wrong(String text) {
        return new WrongUsage("not the address of a schema registry: --schema-registry=" + text
                + "\n  write it like http://localhost:8081 or https://user:password@host/path");
    }
}
