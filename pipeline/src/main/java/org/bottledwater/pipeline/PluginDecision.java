package org.bottledwater.pipeline;

import java.util.List;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.postgres.Plugin;
import org.bottledwater.postgres.Postgres;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.Table;

/** Decides which output plugin decodes the log. */
final class PluginDecision {
    /** The first version that brings it. */
    private static final int PGOUTPUT = 100000;

    private final Settings settings;
    private final Postgres postgres;

    PluginDecision(Settings settings, Postgres postgres) {
        this.settings = settings;
        this.postgres = postgres;
    }

    /** The plugin of the slot that is there, or the one to make a slot with. */
    Plugin of(Optional<Slot> slot, List<Table> tables) {
        Plugin plugin = slot.isPresent() ? pluginOf(slot.get()) : choosePlugin(tables);
        if (plugin == Plugin.TEST_DECODING && settings.publication().isPresent()) {
            throw new ConfigurationException("test_decoding knows no publications: publication="
                    + settings.publication().get()
                    + "\n  choose tables with --tables, or begin anew with --plugin=pgoutput and another --slot");
        }
        return plugin;
    }

    private Plugin pluginOf(Slot slot) {
        Plugin plugin = Plugin.of(slot);
        if (settings.plugin() != PluginChoice.AUTO && !settings.plugin().name().equals(plugin.name())) {
            throw new ConfigurationException("slot " + settings.slot() + " was made for another plugin: plugin="
                    + plugin.sqlName() + "\n  leave out --plugin, or choose another --slot");
        }
        return plugin;
    }

    private Plugin choosePlugin(List<Table> tables) {
        // Only test_decoding shows the updates of a table that has neither key nor REPLICA IDENTITY FULL.
        boolean blind = tables.stream().anyMatch(table -> !table.hasIdentity());
        boolean hasPgOutput = postgres.serverVersion() >= PGOUTPUT;
        return switch (settings.plugin()) {
            case PGOUTPUT -> {
                if (!hasPgOutput) {
                    throw new ConfigurationException("pgoutput comes with PostgreSQL 10: version="
                            + postgres.serverVersionText() + "\n  use --plugin=test_decoding");
                }
                yield Plugin.PGOUTPUT;
            }
            case TEST_DECODING -> Plugin.TEST_DECODING;
            case AUTO ->
                !hasPgOutput || (blind && settings.publication().isEmpty()) ? Plugin.TEST_DECODING : Plugin.PGOUTPUT;
        };
    }
}
