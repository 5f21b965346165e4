package org.bottledwater.pipeline;

/** Which output plugin decodes the log on the server ({@code --plugin}). */
public enum PluginChoice {
    /** pgoutput where it shows everything that is wanted, otherwise test_decoding. */
    AUTO,
    /** PostgreSQL 10 and later; needs publications. */
    PGOUTPUT,
    /** PostgreSQL 9.4 and later; needs no publication and sees updates of tables without replica identity. */
    TEST_DECODING
}
