package org.bottledwater.pipeline;

import java.util.Optional;

/**
 * What the slot may cost the server, what becomes of it in a fail-over, what it means when it is lost, and how it is read.
 *
 * @param failover whether standbys are to keep a copy of it (PostgreSQL 17 and later)
 * @param walLimit how much of the log it may keep; none for as much as the server lets it
 * @param catchUp when it is read in stretches (PostgreSQL 11 and later); none for never
 * @param decodingMemory how much memory the server may decode in, in bytes (PostgreSQL 13 and later); none for what its
 *     own setting says
 */
public record SlotPolicy(
        OnLostSlot onLost,
        boolean failover,
        Optional<WalLimit> walLimit,
        Optional<CatchUpPolicy> catchUp,
        Optional<Long> decodingMemory) {
    public static final SlotPolicy DEFAULT = new SlotPolicy(
            OnLostSlot.EXIT, false, Optional.empty(), Optional.of(CatchUpPolicy.DEFAULT), Optional.empty());
}
