package org.bottledwater.cli;

import java.util.Map;
import java.util.Optional;
import org.bottledwater.cli.progress.LiveLines;
import org.bottledwater.cli.progress.ProgressWatch;
import org.bottledwater.pipeline.Pipeline;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.Settings;

/** Everything that shows a run while it goes on: the status page, and the progress in the terminal or the log. */
final class RunView implements AutoCloseable {
    private final Terminal terminal;
    private final StatusPage page;
    private final Optional<ProgressWatch> progress;
    private final boolean live;

    private RunView(Terminal terminal, Settings settings, Pipeline pipeline, RunCommand options) {
        RunStatus status = pipeline.status();
        this.terminal = terminal;
        this.page = StatusPage.open(options.http, status, settings);
        // It costs the database a session, so only where somebody looks.
        if (!options.quiet || !options.http.isEmpty()) {
            pipeline.watchSlot();
        }
        this.live = !options.quiet && options.logFormat == LogFormat.TEXT && isTerminal(terminal.environment());
        if (live) {
            LiveLines lines = new LiveLines(terminal.err());
            Logging.write(terminal.environment(), LogFormat.TEXT, lines);
            this.progress = Optional.of(ProgressWatch.live(status, lines, new WindowSize(terminal.environment())::get));
        } else {
            this.progress = options.quiet ? Optional.empty() : Optional.of(ProgressWatch.logged(status));
        }
    }

    static RunView open(Terminal terminal, Settings settings, Pipeline pipeline, RunCommand options) {
        return new RunView(terminal, settings, pipeline, options);
    }

    /** Whether standard error is a terminal that lines can be drawn in, as the launcher has found out. */
    private static boolean isTerminal(Map<String, String> environment) {
        return environment.getOrDefault("BOTTLEDWATER_TERMINAL", "").contains("2")
                && !"dumb".equals(environment.get("TERM"));
    }

    void announce() {
        page.announce();
    }

    @Override
    public void close() {
        progress.ifPresent(ProgressWatch::close);
        if (live) {
            Logging.write(terminal.environment(), LogFormat.TEXT, terminal.err());
        }
        page.close();
    }
}
