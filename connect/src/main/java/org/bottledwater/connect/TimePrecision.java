package org.bottledwater.connect;

/** What times become in records: PostgreSQL has microseconds, Connect's own types have milliseconds. */
enum TimePrecision {
    /** Connect's own types, which every converter and sink knows; smaller parts are cut off. */
    MILLIS,
    /** Numbers of microseconds: exact. */
    MICROS
}
