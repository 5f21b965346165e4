package org.bottledwater.connect;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigValue;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.pipeline.Check;
import org.bottledwater.pipeline.Delivery;
import org.bottledwater.pipeline.Finding;

/**
 * Says at each setting what is wrong with it: first what can be seen without asking a server, then what the database says,
 * which is what {@code bottledwater check} finds.
 */
final class Validation {
    private final Map<String, String> given;
    private final Config config;
    private final Map<String, ConfigValue> values = new ConcurrentHashMap<>();

    Validation(Map<String, String> given, Config config) {
        this.given = given;
        this.config = config;
        config.configValues().forEach(value -> values.put(value.name(), value));
    }

    Config run() {
        if (isWell()) {
            try {
                SettingsReader.read(given, Delivery.EXACTLY_ONCE);
                Check.source(
                        SettingsReader.read(Division.undivided(given), Delivery.EXACTLY_ONCE)
                                .pipeline(),
                        this::tell);
                if (DivisionBySize.isWanted(given) && isWell()) {
                    DivisionBySize.of(given).requirePossible();
                }
            } catch (WrongOption e) {
                add(e.option(), Words.ofConnect(e));
            } catch (ConfigurationException | ConnectionException e) {
                add(ConnectorOptions.POSTGRES, Words.ofConnect(e));
            }
        }
        return config;
    }

    private boolean isWell() {
        return config.configValues().stream()
                .allMatch(value -> value.errorMessages().isEmpty());
    }

    private void tell(Finding finding) {
        if (finding.level() != Finding.Level.PROBLEM) {
            return;
        }
        String option = switch (finding.group()) {
            case SERVER, PRIVILEGES, KAFKA -> ConnectorOptions.POSTGRES;
            case REPLICATION -> ConnectorOptions.SLOT;
            case TABLES -> ConnectorOptions.TABLES;
            case REGISTRY -> ConnectorOptions.REGISTRY;
        };
        List<String> mend = finding.mend();
        add(option, Words.ofConnect(finding.text() + (mend.isEmpty() ? "" : ": " + String.join("; ", mend))));
    }

    private void add(String option, String message) {
        ConfigValue value = values.get(option);
        if (value != null) {
            value.addErrorMessage(message);
        }
    }
}
