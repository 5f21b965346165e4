package org.bottledwater.pipeline;

/** How keys and values are encoded ({@code --output-format}). */
public enum OutputFormat {
    /** Avro binary in Confluent's wire format; needs a schema registry. */
    AVRO,
    /** Plain JSON objects. */
    JSON
}
