package org.bottledwater.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.LoggerFactory;

/** The log: lines for people on standard error. Set up in code since it is the same everywhere and must start quickly. */
final class Logging {
    static final String VARIABLE = "BOTTLEDWATER_LOG_LEVEL";
    private static final String NAME = "log";
    private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

    private Logging() {}

    static boolean isDebug(Map<String, String> environment) {
        String level = environment.getOrDefault(VARIABLE, "info").toLowerCase(Locale.ROOT);
        return level.equals("debug") || level.equals("trace");
    }

    static void start(Map<String, String> environment) {
        String name = environment.getOrDefault(VARIABLE, "info").toLowerCase(Locale.ROOT);
        if (!LEVELS.contains(name)) {
            throw new WrongUsage(
                    "unknown log level: " + VARIABLE + "=" + name + "\n  one of " + String.join(", ", LEVELS));
        }
        boolean debug = isDebug(environment);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender(encoder(LogFormat.TEXT, debug), System.err));
        root.setLevel(Level.WARN);
        context.getLogger("org.bottledwater").setLevel(Level.toLevel(name));
        // While a broker is away this one writes a line a second for each connection; the pipeline says it once.
        context.getLogger("org.apache.kafka.clients.NetworkClient").setLevel(debug ? Level.INFO : Level.ERROR);
        // Warns of every answer after which it tries again, which is part of committing transactions in quick
        // succession;
        // what it gives up on is thrown.
        context.getLogger("org.apache.kafka.clients.producer.internals.Sender")
                .setLevel(debug ? Level.INFO : Level.ERROR);
        // Warns whenever partitions are taken away while an answer is on its way, which is how positions are looked up.
        context.getLogger("org.apache.kafka.clients.consumer.internals.OffsetFetcherUtils")
                .setLevel(debug ? Level.INFO : Level.ERROR);
        context.getLogger("org.apache.kafka").setLevel(debug ? Level.INFO : Level.WARN);
    }

    /** Leaves only warnings, unless somebody asked for a level: for a command whose own output tells what happens. */
    static void quiet(Map<String, String> environment) {
        if (!environment.containsKey(VARIABLE)) {
            LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
            context.getLogger("org.bottledwater").setLevel(Level.WARN);
        }
    }

    /**
     * Has the log's lines in another form, or in another place, from now on.
     *
     * @param out takes whole lines
     */
    static void write(Map<String, String> environment, LogFormat format, OutputStream out) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(appender(encoder(format, isDebug(environment)), out));
    }

    /** Whether whoever reads the log takes it line by line as JSON, and would choke on anything else. */
    static boolean isJson() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender(NAME)
                        instanceof OutputStreamAppender<?> appender
                && appender.getEncoder() instanceof JsonLines;
    }

    private static Encoder<ILoggingEvent> encoder(LogFormat format, boolean debug) {
        if (format == LogFormat.JSON) {
            return new JsonLines(debug);
        }
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setPattern(
                debug
                        ? "%d{HH:mm:ss.SSS} %-5level %logger{0} [%thread] %msg%n%ex"
                        : "%d{HH:mm:ss.SSS} %-5level %msg%n%nopex");
        return encoder;
    }

    private static OutputStreamAppender<ILoggingEvent> appender(Encoder<ILoggingEvent> encoder, OutputStream out) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        encoder.setContext(context);
        encoder.start();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setName(NAME);
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.setOutputStream(new Lent(out));
        appender.start();
        return appender;
    }

    /** An appender that is stopped closes its stream; this one is not its own. */
    private static final class Lent extends FilterOutputStream {
        Lent(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] text, int offset, int length) throws IOException {
            out.write(text, offset, length);
        }

        @Override
        public void close() throws IOException {
            flush();
        }
    }
}
