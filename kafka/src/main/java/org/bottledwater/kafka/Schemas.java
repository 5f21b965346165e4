package org.bottledwater.kafka;

/** Gives each schema the number by which messages name it. Thread-safe. */
public interface Schemas {
    /**
     * Makes the schema known under the subject, if it is not yet.
     *
     * @return the schema's id
     * @throws SchemaRefusedException if it is not taken
     * @throws org.bottledwater.change.ConfigurationException if we are not let in
     * @throws org.bottledwater.change.ConnectionException if there is no answer
     */
    int register(String subject, String schema);
}
