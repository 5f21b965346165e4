package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A schema registry that answers, and says that it does not work, or not so often. */
final class RegistryOutageTest {
    private static final int RESET = -1;
    private static final int HEALTHY = 200;

    /** The copy has registered the schemas that there are. */
    private static final String NEW_SHAPE = "ALTER TABLE t ADD note text";

    private final HttpServer registry = server();
    private final AtomicInteger ids = new AtomicInteger();

    /** When each POST came, by {@link System#nanoTime}. */
    private final Queue<Long> posts = new ConcurrentLinkedQueue<>();

    private volatile int status = HEALTHY;
    private volatile String retryAfter = "";

    /** Of so many POSTs one is too often; 0 for no limit. */
    private volatile int limit;

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() {
        registry.createContext("/", this::handle);
        registry.start();
    }

    @AfterEach
    void stop() {
        registry.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            boolean post = exchange.getRequestMethod().equals("POST");
            if (post) {
                posts.add(System.nanoTime());
            }
            int now = post ? (limit > 0 && posts.size() % limit == 0 ? 429 : status) : HEALTHY;
            if (now == RESET) {
                // Without an answer.
                return;
            }
            if (now != HEALTHY && !retryAfter.isEmpty()) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            byte[] body = (post ? "{\"id\":" + ids.incrementAndGet() + "}" : "[]").getBytes(UTF_8);
            exchange.sendResponseHeaders(now, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private SettingsBuilder settings(TestBed bed) {
        return new SettingsBuilder(bed.settings())
                .format(OutputFormat.AVRO)
                .registry("http://127.0.0.1:" + registry.getAddress().getPort());
    }

    @ParameterizedTest
    @ValueSource(ints = {503, 429, 500, 502, 504, RESET})
    void shouldGiveUpOnARegistryThatDoesNotRecover(int trouble) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int PRIMARY KEY)");
            Running running = Running.of(
                            settings(bed).giveUpAfter(Duration.ofSeconds(3)).build())
                    .awaitStreaming();
            // Each attempt has something to send before it comes to the row that needs the registry.
            bed.sql("INSERT INTO u VALUES (1)");
            Waiting.until("the first row is sent", () -> running.status().messages() == 1);
            status = trouble;
            bed.sql(NEW_SHAPE, "BEGIN; INSERT INTO u VALUES (2); INSERT INTO t VALUES (1); COMMIT");
            assertThat(running.failure())
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageStartingWith("cannot reach the schema registry at http://")
                    .hasMessageContaining("\n  giving up, as --give-up-after or Kafka's own limits say");
            assertThat(running.status().outages()).isEqualTo(1);
        }
    }

    @Test
    void shouldAskLessAndLessOftenAndGoOnWhenItRecovers() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.text(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(settings(bed).build()).awaitStreaming()) {
                status = 503;
                bed.sql(NEW_SHAPE, "INSERT INTO t VALUES (1)");
                posts.clear();
                long begun = System.nanoTime();
                Waiting.until(
                        "it has been away for seven seconds",
                        () -> System.nanoTime() - begun > Duration.ofSeconds(7).toNanos());
                assertThat(posts.size()).as("attempts within seven seconds").isBetween(2, 8);
                assertThat(running.state().phase()).isEqualTo(RunStatus.Phase.WAITING);
                assertThat(running.status().outages()).isEqualTo(1);
                status = HEALTHY;
                topic.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(topic.messages()).hasSize(1);
        }
    }

    @Test
    void shouldNotAskBeforeTheTimeThatTheRegistryNames() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.text(bed.topic("t"))) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            try (Running running = Running.of(settings(bed).build()).awaitStreaming()) {
                retryAfter = "8";
                status = 429;
                posts.clear();
                bed.sql(NEW_SHAPE, "INSERT INTO t VALUES (1)");
                Waiting.until("it was asked once", () -> posts.size() == 1);
                status = HEALTHY;
                topic.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            Long[] asked = posts.toArray(new Long[0]);
            assertThat(Duration.ofNanos(asked[1] - asked[0])).isGreaterThanOrEqualTo(Duration.ofSeconds(8));
        }
    }

    /** A registry with a limit of requests would never be done with if each attempt began from the first schema. */
    @Test
    void shouldComeToAnEndWithALimitOfRequests() throws Exception {
        try (TestBed bed = TestBed.on("18");
                TopicReader topic = TopicReader.text(bed.topic("t3"))) {
            for (int i = 1; i <= 3; i++) {
                bed.sql("CREATE TABLE t" + i + " (id int PRIMARY KEY)");
            }
            try (Running running = Running.of(settings(bed).build()).awaitStreaming()) {
                posts.clear();
                limit = 2;
                for (int i = 1; i <= 3; i++) {
                    bed.sql("ALTER TABLE t" + i + " ADD c int");
                }
                bed.sql("BEGIN; INSERT INTO t1 VALUES (1); INSERT INTO t2 VALUES (1); INSERT INTO t3 VALUES (1);"
                        + " COMMIT");
                topic.await(1);
                assertThat(running.failureSoFar()).isEmpty();
            }
            assertThat(posts.size()).isBetween(5, 7);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void shouldNotTryAgainWhereItIsNotLetIn(int refusal) throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            Running running = Running.of(settings(bed).build()).awaitStreaming();
            status = refusal;
            posts.clear();
            bed.sql(NEW_SHAPE, "INSERT INTO t VALUES (1)");
            assertThat(running.failure())
                    .hasMessageContaining("the schema registry does not let us in: HTTP " + refusal);
            assertThat(posts).hasSize(1);
        }
    }

    @Test
    void shouldEndAtTheStartAsAnAddressThatIsWrongWould() throws Exception {
        try (TestBed bed = TestBed.on("18")) {
            bed.sql("CREATE TABLE t (id int PRIMARY KEY)");
            registry.removeContext("/");
            registry.createContext("/", exchange -> {
                try (exchange) {
                    exchange.getResponseHeaders().set("Retry-After", "1");
                    exchange.sendResponseHeaders(503, -1);
                }
            });
            assertThat(Running.of(settings(bed).build()).failure())
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageContaining("HTTP 503");
        }
    }
}
