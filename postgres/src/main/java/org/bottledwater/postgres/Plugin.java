package org.bottledwater.postgres;

import java.util.Locale;
import org.bottledwater.change.ConfigurationException;

/** The logical decoding plugins that come with PostgreSQL. */
public enum Plugin {
    /** From PostgreSQL 10 on; sends what publications name. */
    PGOUTPUT,
    /** Every version (contrib); sends every table. */
    TEST_DECODING;

    /** @throws ConfigurationException if the slot belongs to a plugin that this program does not read */
    public static Plugin of(Slot slot) {
        for (Plugin plugin : values()) {
            if (plugin.sqlName().equals(slot.plugin())) {
                return plugin;
            }
        }
        throw new ConfigurationException("slot: made for something else, slot=" + slot.name() + " plugin="
                + (slot.plugin().isEmpty() ? "none (physical)" : slot.plugin()) + ". Choose another --slot");
    }

    /** As {@code pg_replication_slots.plugin} has it. */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
