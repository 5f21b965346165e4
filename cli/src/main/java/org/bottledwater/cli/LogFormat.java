package org.bottledwater.cli;

/** What the log's lines are. */
enum LogFormat {
    TEXT,
    JSON
}
