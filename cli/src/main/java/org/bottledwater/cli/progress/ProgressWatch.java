package org.bottledwater.cli.progress;

import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.RunStatus.Phase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Looks at a run several times a second, on a thread of its own, and shows it: as live lines in a terminal, else as a
 * line of the log every {@value #COPYING_SECONDS} seconds of a copy and every {@value #STREAMING_SECONDS} of a stream
 * that has something to tell.
 */
public final class ProgressWatch implements AutoCloseable {
    static final int COPYING_SECONDS = 10;
    static final int STREAMING_SECONDS = 60;

    private static final Logger log = LoggerFactory.getLogger(ProgressWatch.class);
    private static final Duration INTERVAL = Duration.ofMillis(250);

    private final CopyLines copy = new CopyLines();
    private final StreamLine stream = new StreamLine(ZoneId.systemDefault());
    private final Display display;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "progress");
        thread.setDaemon(true);
        return thread;
    });

    /** Where it is shown. */
    private interface Display {
        void show(Look look) throws IOException;

        void close() throws IOException;
    }

    /** The width and the height of a terminal, in characters. */
    public record Size(int columns, int lines) {}

    private ProgressWatch(RunStatus status, LiveLines lines, Supplier<Size> size) {
        this.display = new Live(lines, size);
        start(status);
    }

    private ProgressWatch(RunStatus status) {
        this.display = new Lines();
        start(status);
    }

    public static ProgressWatch live(RunStatus status, LiveLines lines, Supplier<Size> size) {
        return new ProgressWatch(status, lines, size);
    }

    public static ProgressWatch logged(RunStatus status) {
        return new ProgressWatch(status);
    }

    private void start(RunStatus status) {
        Future<?> unused = clock.scheduleWithFixedDelay(
                () -> look(Look.at(status, System.nanoTime())), 0, INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void look(Look look) {
        // Neither is to look slow because of the time in which there was nothing for it to do.
        if (look.phase() == Phase.COPYING) {
            copy.add(look);
        }
        stream.add(look);
        try {
            display.show(look);
        } catch (IOException e) {
            log.debug("the terminal is gone", e);
        }
    }

    private final class Live implements Display {
        private final LiveLines lines;
        private final Supplier<Size> size;

        Live(LiveLines lines, Supplier<Size> size) {
            this.lines = lines;
            this.size = size;
        }

        @Override
        public void show(Look look) throws IOException {
            Size now = size.get();
            // A line as wide as the terminal would wrap on some of them.
            int width = now.columns() - 1;
            boolean copies = look.phase() == Phase.COPYING;
            lines.show(copies ? copy.lines(look, width, now.lines() / 2) : List.of(stream.line(look, width)));
        }

        @Override
        public void close() throws IOException {
            lines.show(List.of());
        }
    }

    private final class Lines implements Display {
        private final LogPace pace = new LogPace();

        @Override
        public void show(Look look) {
            if (!pace.isDue(look)) {
                return;
            }
            LoggingEventBuilder line = log.atInfo().addKeyValue("phase", look.phase());
            if (look.phase() == Phase.COPYING) {
                line.addKeyValue("rows", look.copiedRows())
                        .addKeyValue("expectedRows", look.rowsToCopy())
                        .addKeyValue("bytes", look.copiedBytes())
                        .addKeyValue("rowsPerSecond", Math.round(copy.rowsPerSecond()))
                        .addKeyValue("tables", look.copies().size())
                        .addKeyValue("tablesDone", look.copiesDone())
                        .log(copy.sentence(look));
            } else {
                line.addKeyValue("lagBytes", look.lagBytes())
                        .addKeyValue("lagSeconds", look.lagSeconds())
                        .addKeyValue("messages", look.messages())
                        .addKeyValue("bytes", look.bytes())
                        .addKeyValue("rowsPerSecond", Math.round(stream.rowsPerSecond()))
                        .addKeyValue("deliveredAt", look.deliveredAt())
                        .log("stream: " + stream.sentence(look));
            }
        }

        @Override
        public void close() {}
    }

    /** Stops looking and takes away what is drawn. */
    @Override
    public void close() {
        clock.shutdown();
        try {
            if (clock.awaitTermination(2, TimeUnit.SECONDS)) {
                display.close();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            log.debug("the terminal is gone", e);
        }
    }
}
