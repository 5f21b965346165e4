package org.bottledwater.pipeline;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bottledwater.postgres.Slot;
import org.bottledwater.postgres.SlotReader;
import org.bottledwater.postgres.Slots;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits, for as long as it takes, while somebody else reads the slot: another instance, or what is left of our own connection. */
final class StandBy {
    private static final Logger log = LoggerFactory.getLogger(StandBy.class);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final Duration RARELY = Duration.ofMinutes(5);

    private final String slot;
    private final Slots slots;
    private final Pipeline.Memory memory;
    private final BooleanSupplier stopping;

    /** @param memory of the run, which has reached everything when it stands by: outages are waited out from then on */
    StandBy(String slot, Slots slots, Pipeline.Memory memory, BooleanSupplier stopping) {
        this.slot = slot;
        this.slots = slots;
        this.memory = memory;
        this.stopping = stopping;
    }

    /** Returns whether it had to wait; then what was asked of the database before may be out of date. */
    boolean await() throws InterruptedException {
        Optional<SlotReader> former = memory.reader;
        boolean waited = false;
        long toldAt = System.nanoTime() - RARELY.toNanos();
        while (!stopping.getAsBoolean()) {
            Optional<Slot> found = slots.find(slot);
            if (found.isEmpty() || !found.get().active()) {
                return waited;
            }
            waited = true;
            memory.established = true;
            int pid = found.get().activePid();
            if (former.isPresent() && pid == former.get().pid() && slots.terminate(slot, former.get())) {
                log.info("slot {} was in use by our own former connection, which is ended: pid={}", slot, pid);
            } else if (System.nanoTime() - toldAt >= RARELY.toNanos()) {
                toldAt = System.nanoTime();
                log.warn(
                        "slot {} is in use by process {} of the server: standing by until it is free; if its client"
                                + " is gone for good, run: SELECT pg_terminate_backend({})",
                        slot,
                        pid,
                        pid);
                memory.status.enter(RunStatus.Phase.WAITING, "standing by: the slot is in use by process " + pid);
            }
            Thread.sleep(LOOK.toMillis());
        }
        return waited;
    }
}
