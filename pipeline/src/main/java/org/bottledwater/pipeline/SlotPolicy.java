package org.bottledwater.pipeline;

import java.util.Optional;

/**
 * What the slot may cost the server, and what it means when it is lost.
 *
 * @param walLimit how much of the log it may keep; none for as much as the server lets it
 */
public record SlotPolicy(OnLostSlot onLost, Optional<WalLimit> walLimit) {
    public static final SlotPolicy DEFAULT = new SlotPolicy(OnLostSlot.EXIT, Optional.empty());
}
