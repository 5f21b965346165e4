package org.bottledwater.pipeline;

import java.util.Optional;

/**
 * What the slot may cost the server, what becomes of it in a fail-over, and what it means when it is lost.
 *
 * @param failover whether standbys are to keep a copy of it (PostgreSQL 17 and later)
 * @param walLimit how much of the log it may keep; none for as much as the server lets it
 */
public record SlotPolicy(OnLostSlot onLost, boolean failover, Optional<WalLimit> walLimit) {
    public static final SlotPolicy DEFAULT = new SlotPolicy(OnLostSlot.EXIT, false, Optional.empty());
}
