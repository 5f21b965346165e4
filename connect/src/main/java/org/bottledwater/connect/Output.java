package org.bottledwater.connect;

/** As what rows leave a task. */
enum Output {
    /** Records with schemas, for any converter and transform. */
    RECORDS,
    /** The command line's Avro, for the converter that takes bytes. */
    AVRO,
    /** The command line's JSON, for the converter that takes bytes. */
    JSON
}
