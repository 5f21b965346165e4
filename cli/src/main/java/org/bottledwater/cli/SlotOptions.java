package org.bottledwater.cli;

import java.util.Optional;
import org.bottledwater.pipeline.CatchUpPolicy;
import org.bottledwater.pipeline.OnLostSlot;
import org.bottledwater.pipeline.OnMaxWal;
import org.bottledwater.pipeline.SlotPolicy;
import org.bottledwater.pipeline.WalLimit;
import picocli.CommandLine.Option;

/** What the slot may cost the server, what becomes of it in a fail-over, and what it means when it is lost. */
final class SlotOptions {
    @Option(
            names = "--on-lost-slot",
            paramLabel = "POLICY",
            order = 1,
            description = "A lost position: exit, or resnapshot (exit)")
    OnLostSlot onLostSlot = OnLostSlot.EXIT;

    @Option(
            names = "--max-retained-wal",
            paramLabel = "N",
            order = 2,
            description = "Log the slot may keep, like 50GB (no limit)")
    String maxRetainedWal = "";

    @Option(names = "--on-max-wal", paramLabel = "POLICY", order = 3, description = "warn, exit or drop-slot (warn)")
    OnMaxWal onMaxWal = OnMaxWal.WARN;

    @Option(
            names = "--failover-slot",
            arity = "0..1",
            fallbackValue = "true",
            order = 4,
            description = "Standbys keep a copy of the slot (from 17 on)")
    boolean failoverSlot;

    @Option(
            names = "--catch-up-from",
            paramLabel = "N",
            order = 5,
            description = "Backlog read in stretches, or off (32MB)")
    String catchUpFrom = "32MB";

    @Option(
            names = "--decoding-memory",
            paramLabel = "N",
            order = 6,
            description = "Memory the server decodes in (as it is set)")
    String decodingMemory = "";

    SlotPolicy policy() {
        Optional<CatchUpPolicy> catchUp = catchUpFrom.equalsIgnoreCase("off")
                ? Optional.empty()
                : Optional.of(CatchUpPolicy.from(Size.parse("--catch-up-from", catchUpFrom)));
        Optional<Long> memory = decodingMemory.isEmpty()
                ? Optional.empty()
                : Optional.of(Size.parse("--decoding-memory", decodingMemory));
        if (maxRetainedWal.isEmpty()) {
            if (onMaxWal != OnMaxWal.WARN) {
                throw new WrongUsage("--on-max-wal needs a limit"
                        + "\n  say how much may be kept, for example --max-retained-wal=50GB");
            }
            return new SlotPolicy(onLostSlot, failoverSlot, Optional.empty(), catchUp, memory);
        }
        long bytes = Size.parse("--max-retained-wal", maxRetainedWal);
        return new SlotPolicy(
                onLostSlot,
                failoverSlot,
                Optional.of(new WalLimit(bytes, onMaxWal, WalLimit.PATIENCE)),
                catchUp,
                memory);
    }
}
