package org.bottledwater.cli;

import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.kafka.SchemaRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The schema registry as a reader of messages sees it. */
final class Registries {
    private static final Logger log = LoggerFactory.getLogger(Registries.class);

    private Registries() {}

    /** A schema that cannot be had is warned of; the message is then shown in another way. */
    static PayloadReader.Schemas schemas(SchemaRegistry registry) {
        return id -> {
            try {
                return Optional.of(registry.schemaById(id));
            } catch (ConfigurationException e) {
                log.warn("{}", e.getMessage());
                return Optional.empty();
            }
        };
    }
}
