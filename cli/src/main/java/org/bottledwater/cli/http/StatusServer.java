package org.bottledwater.cli.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.pipeline.RunStatus;
import org.bottledwater.pipeline.RunStatus.Phase;

/** Serves {@code /}, {@code /api/status}, {@code /metrics}, {@code /health/live} and {@code /health/ready}. */
public final class StatusServer implements AutoCloseable {
    private static final int OK = 200;
    private static final int NOT_FOUND = 404;
    private static final int WRONG_METHOD = 405;
    private static final int UNAVAILABLE = 503;
    private static final String TEXT = "text/plain; charset=utf-8";

    private final RunStatus status;
    private final About about;
    private final UnaryOperator<String> withoutSecrets;
    private final HttpServer server;
    private final History history;
    private final ScheduledExecutorService threads;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final RunMeters meters;
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final String page;

    /** A body, and what it is. */
    private record Answer(int code, String type, String body) {
        static Answer text(int code, String text) {
            return new Answer(code, TEXT, text);
        }
    }

    private StatusServer(HttpServer server, RunStatus status, About about, UnaryOperator<String> withoutSecrets) {
        this.server = server;
        this.status = status;
        this.about = about;
        this.withoutSecrets = withoutSecrets;
        this.history = new History(status);
        this.meters = new RunMeters(status);
        this.page = page();
        this.threads = Executors.newScheduledThreadPool(2, task -> {
            Thread thread = new Thread(task, "status-page");
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * Begins to listen.
     *
     * @param withoutSecrets takes passwords out of a text that everybody may read
     * @throws ConfigurationException if that address cannot be had
     */
    public static StatusServer start(
            InetSocketAddress address, RunStatus status, About about, UnaryOperator<String> withoutSecrets) {
        try {
            StatusServer started = new StatusServer(HttpServer.create(address, 0), status, about, withoutSecrets);
            started.start();
            return started;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot listen: --http=" + address.getHostString() + ":" + address.getPort() + " reason="
                            + e.getMessage() + "\n  choose another address with --http=HOST:PORT, or leave it out",
                    e);
        }
    }

    private void start() {
        meters.bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        collections.bindTo(registry);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        Future<?> unused =
                threads.scheduleAtFixedRate(history::sample, 0, History.INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        server.start();
    }

    /** Where it listens: the port may have been chosen by the system. */
    public String url() {
        InetSocketAddress bound = server.getAddress();
        String host = bound.getAddress().isAnyLocalAddress() ? "localhost" : bound.getHostString();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + bound.getPort() + "/";
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            boolean reads = exchange.getRequestMethod().equals("GET")
                    || exchange.getRequestMethod().equals("HEAD");
            Answer answer =
                    reads ? answer(exchange.getRequestURI().getPath()) : Answer.text(WRONG_METHOD, "only GET\n");
            exchange.getResponseHeaders().set("Content-Type", answer.type());
            exchange.getResponseHeaders().set("Cache-Control", "no-store");
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            exchange.sendResponseHeaders(answer.code(), head ? -1 : body.length);
            if (!head) {
                try (OutputStream out = exchange.getResponseBody()) {
                    out.write(body);
                }
            }
        }
    }

    private Answer answer(String path) {
        RunStatus.State state = status.state();
        Phase phase = state.phase();
        String reason = withoutSecrets.apply(state.reason());
        return switch (path) {
            case "/" -> new Answer(OK, "text/html; charset=utf-8", page);
            case "/api/status" ->
                new Answer(
                        OK,
                        "application/json",
                        StatusJson.of(about, status, reason, history.samples()).toString());
            case "/metrics" -> {
                meters.bindTables(registry);
                yield Answer.text(OK, registry.scrape());
            }
            case "/health/live" -> Answer.text(phase == Phase.STOPPED ? UNAVAILABLE : OK, phase + "\n");
            case "/health/ready" ->
                Answer.text(
                        phase == Phase.COPYING || phase == Phase.STREAMING ? OK : UNAVAILABLE,
                        phase + (reason.isEmpty() ? "" : ": " + reason) + "\n");
            default ->
                Answer.text(NOT_FOUND, "not here: try /, /api/status, /metrics, /health/live or /health/ready\n");
        };
    }

    private static String page() {
        try (InputStream in = StatusServer.class.getResourceAsStream("page.html")) {
            if (in == null) {
                throw new IllegalStateException("page.html is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
        collections.close();
        registry.close();
    }
}
