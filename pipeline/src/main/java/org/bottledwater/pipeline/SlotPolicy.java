package org.bottledwater.pipeline;

import java.util.Optional;

/**
 * What the slot may cost the server.
 *
 * @param walLimit how much of the log it may keep; none for as much as the server lets it
 */
public record SlotPolicy(Optional<WalLimit> walLimit) {
    public static final SlotPolicy DEFAULT = new SlotPolicy(Optional.empty());
}
