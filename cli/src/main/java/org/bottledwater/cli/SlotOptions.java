package org.bottledwater.cli;

import java.util.Optional;
import org.bottledwater.pipeline.OnMaxWal;
import org.bottledwater.pipeline.SlotPolicy;
import org.bottledwater.pipeline.WalLimit;
import picocli.CommandLine.Option;

/** What the slot may cost the server. */
final class SlotOptions {
    @Option(
            names = "--max-retained-wal",
            paramLabel = "N",
            order = 2,
            description = "Log the slot may keep, like 50GB (no limit)")
    String maxRetainedWal = "";

    @Option(names = "--on-max-wal", paramLabel = "POLICY", order = 3, description = "warn, exit or drop-slot (warn)")
    OnMaxWal onMaxWal = OnMaxWal.WARN;

    SlotPolicy policy() {
        if (maxRetainedWal.isEmpty()) {
            if (onMaxWal != OnMaxWal.WARN) {
                throw new WrongUsage("--on-max-wal needs a limit"
                        + "\n  say how much may be kept, for example --max-retained-wal=50GB");
            }
            return SlotPolicy.DEFAULT;
        }
        long bytes = Size.parse("--max-retained-wal", maxRetainedWal);
        return new SlotPolicy(Optional.of(new WalLimit(bytes, onMaxWal, WalLimit.PATIENCE)));
    }
}
