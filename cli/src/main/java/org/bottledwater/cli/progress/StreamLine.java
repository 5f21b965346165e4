package org.bottledwater.cli.progress;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.bottledwater.pipeline.Amounts;
import org.bottledwater.pipeline.RunStatus.Phase;

/** How the stream gets on, in a line. One thread at a time. */
final class StreamLine {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);

    private Pace pace = new Pace();
    private Phase phase = Phase.STARTING;
    private final ZoneId zone;

    StreamLine(ZoneId zone) {
        this.zone = zone;
    }

    void add(Look look) {
        if (phase == Phase.STARTING || phase == Phase.COPYING) {
            pace = new Pace();
        }
        phase = look.phase();
        pace.add(look.nanos(), look.messages(), look.bytes());
    }

    String line(Look look, int width) {
        String line = look.phase().name().toLowerCase(Locale.ROOT) + "  "
                + (look.phase() == Phase.WAITING || look.phase() == Phase.STARTING ? look.reason() : sentence(look));
        // A reason may have lines of its own.
        String flat = line.lines().findFirst().orElse("").strip();
        return flat.length() <= width ? flat : flat.substring(0, Math.max(0, width - 1)) + "…";
    }

    String sentence(Look look) {
        return "lag " + Amounts.bytes(look.lagBytes()) + ", " + seconds(look.lagSeconds()) + "  "
                + Amounts.count(Math.round(pace.rowsPerSecond())) + " rows/s, "
                + Amounts.bytes(Math.round(pace.bytesPerSecond())) + "/s  "
                + (look.deliveredAt() == 0
                        ? "no commit yet"
                        : "last commit "
                                + TIME.format(
                                        Instant.ofEpochMilli(look.deliveredAt()).atZone(zone)))
                + "  " + Amounts.count(look.messages()) + " messages sent";
    }

    private static String seconds(double seconds) {
        return seconds < 10
                ? String.format(Locale.ROOT, "%.1f s", seconds)
                : Amounts.time(Duration.ofSeconds(Math.round(seconds)));
    }

    double rowsPerSecond() {
        return pace.rowsPerSecond();
    }
}
