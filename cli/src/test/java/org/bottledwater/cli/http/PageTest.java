package org.bottledwater.cli.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The status page in a real browser, with what a run may say at its worst. */
@Timeout(120)
class PageTest {
    @TempDir
    Path folder;

    private Optional<Browser> browser;

    @BeforeEach
    void find() {
        browser = Browser.find(folder);
        assumeThat(browser).as("no Chromium here, the page is not looked at").isPresent();
    }

    private static ObjectNode status(String phase, String reason) {
        long now = System.currentTimeMillis();
        ObjectNode status = JsonNodeFactory.instance.objectNode();
        status.put("version", "1")
                .put("source", "postgres://me@db/shop")
                .put("broker", "k:9092")
                .put("slot", "s");
        status.put("phase", phase).put("reason", reason).put("since", now).put("startedAt", now - 60_000);
        status.put("safeLsn", phase.equals("copying") ? "0/0" : "0/16B3748").put("walLsn", "0/16B3748");
        status.put("lagBytes", 12_288).put("lagSeconds", 120.0).put("deliveredAt", now - 5_000);
        status.put("retainedWalBytes", 3L << 30).put("bytesInFlight", 0);
        status.put("messages", 1_234_567)
                .put("bytes", 5_000_000)
                .put("outages", 2)
                .put("dropped", 1);
        ArrayNode history = status.putArray("history");
        for (int i = 10; i > 0; i--) {
            history.addArray()
                    .add(now - i * 2000L)
                    .add(1_234_567 - i * 100)
                    .add(5_000_000 - i * 1000)
                    .add(i)
                    .add(0.5);
        }
        status.putArray("tables");
        return status;
    }

    private static ObjectNode table(ObjectNode status, String name) {
        return status.withArray("tables")
                .addObject()
                .put("table", name)
                .put("topic", name)
                .put("schemaId", 7)
                .put("messages", 50)
                .put("bytes", 5000)
                .put("changedAt", System.currentTimeMillis());
    }

    private String show(ObjectNode status) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        try (InputStream page = StatusServer.class.getResourceAsStream("page.html")) {
            Map<String, byte[]> answers = Map.of(
                    "/", page.readAllBytes(), "/api/status", status.toString().getBytes(StandardCharsets.UTF_8));
            server.createContext("/", exchange -> {
                byte[] answer = answers.getOrDefault(exchange.getRequestURI().getPath(), new byte[] {'?'});
                exchange.getResponseHeaders().set("Content-Type", answer[0] == '{' ? "application/json" : "text/html");
                exchange.sendResponseHeaders(200, answer.length);
                exchange.getResponseBody().write(answer);
                exchange.close();
            });
            server.start();
            return browser.orElseThrow()
                    .open("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void shouldShowHowASnapshotGetsOn() throws Exception {
        ObjectNode status = status("copying", "");
        table(status, "public.done").put("copied", true).put("copiedRows", 100).put("expectedRows", 90);
        table(status, "public.half").put("copied", false).put("copiedRows", 50).put("expectedRows", 100);

        String page = show(status);

        assertThat(page)
                .contains("<title>copying · Bottled Water</title>")
                .contains("<span class=\"phase copying\" id=\"phase\">copying</span>")
                .contains("1 of 2 tables, 150 of about 200 rows, 50 rows/s, 500 B/s, about 1.0 s left")
                .contains("<i id=\"copied\" style=\"width: 75%;\"></i>")
                .contains("lag: the stream has not begun")
                .contains("<td>done</td>")
                .contains("<i style=\"width: 50%;\"></i>");
    }

    @Test
    void shouldShowAStreamThatWaits() throws Exception {
        ObjectNode status = status("waiting", "cannot reach Kafka at k:9092");
        table(status, "public.<b>t</b>");

        String page = show(status);

        assertThat(page)
                .contains("<p class=\"note\" id=\"note\">cannot reach Kafka at k:9092</p>")
                .contains("<b style=\"color: var(--warn);\">2 min</b><span>lag, 12.0 kB</span>")
                .contains("<b>3.0 GB</b><span>log kept by the server</span>")
                .contains("<b style=\"color: var(--warn);\">2</b><span>outages, 1 messages dropped</span>")
                .contains("id=\"copy\" hidden")
                // A name is a name, whatever is in it.
                .contains(">&lt;b&gt;t&lt;/b&gt;</td>")
                .contains("<path d=\"M0.0,");
    }

    @Test
    void shouldShowTheTablesThatChangedLastIfThereAreVeryMany() throws Exception {
        ObjectNode status = status("streaming", "");
        for (int i = 0; i < 3000; i++) {
            table(status, "public.t" + i).put("changedAt", 1000 + i);
        }

        String page = show(status);

        assertThat(page)
                .contains("Tables: the 200 of 3,000 that changed last")
                .contains(">t2999</td>", ">t2800</td>")
                .doesNotContain(">t2799</td>");
    }
}
