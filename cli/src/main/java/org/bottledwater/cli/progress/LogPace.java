package org.bottledwater.cli.progress;

import java.util.concurrent.TimeUnit;
import org.bottledwater.pipeline.RunStatus.Phase;

/** When a log has had enough silence: a log of years is not to be full of lines that say nothing. */
final class LogPace {
    private long toldAt;
    private long toldMessages;
    private Phase phase = Phase.STARTING;

    /** Whether a line is due; if so, it counts as written. */
    boolean isDue(Look look) {
        if (look.phase() != phase) {
            phase = look.phase();
            toldAt = look.nanos();
            toldMessages = look.messages();
        }
        boolean tells = switch (phase) {
            case COPYING -> isOver(look, ProgressWatch.COPYING_SECONDS);
            case STREAMING ->
                isOver(look, ProgressWatch.STREAMING_SECONDS)
                        && (look.messages() != toldMessages || look.lagSeconds() > 0);
            // The run itself says so, and why.
            case STARTING, WAITING, STOPPED -> false;
        };
        if (tells) {
            toldAt = look.nanos();
            toldMessages = look.messages();
        }
        return tells;
    }

    private boolean isOver(Look look, int seconds) {
        return look.nanos() - toldAt >= TimeUnit.SECONDS.toNanos(seconds);
    }
}
