package org.bottledwater.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a registry that behaves never does. */
class SchemaRegistryFaultsTest {
    private static final String GONE = "http://127.0.0.1:1";

    private final BlockingQueue<String> requests = new LinkedBlockingQueue<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private final HttpServer server = server();
    private volatile int status = 200;
    private volatile String answer = "{\"id\":7}";
    private volatile boolean silent;
    private volatile String location = "";

    private static HttpServer server() {
        try {
            return HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void start() {
        server.createContext("/", this::handle);
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String authorization = exchange.getRequestHeaders().getFirst("Authorization");
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + authorization);
            exchange.getRequestBody().readAllBytes();
            if (silent) {
                end.await();
            }
            byte[] body = answer.getBytes(UTF_8);
            if (!location.isEmpty() && !exchange.getRequestURI().getPath().startsWith("/moved")) {
                exchange.getResponseHeaders().set("Location", location);
                exchange.sendResponseHeaders(status, -1);
                return;
            }
            exchange.sendResponseHeaders(location.isEmpty() ? status : 200, body.length);
            exchange.getResponseBody().write(body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void shouldSendCredentialsOfTheAddressAndKeepItsPath() throws Exception {
        assertThat(registry("http://me:se%40cret@" + host() + "/kafka/registry/")
                        .register("s", "{}"))
                .isEqualTo(7);
        assertThat(requests.take())
                .isEqualTo("POST /kafka/registry/subjects/s/versions " + RegistryAddress.basic("me:se@cret"));
    }

    @Test
    void shouldSendCredentialsOfTheSettings() throws Exception {
        List<URI> urls = List.of(URI.create("http://" + host()));
        new SchemaRegistry(new RegistrySettings(urls, Map.of("basic.auth.user.info", "a:b"))).register("s", "{}");
        assertThat(requests.take()).endsWith(RegistryAddress.basic("a:b"));
        new SchemaRegistry(new RegistrySettings(urls, Map.of("bearer.auth.token", "t"))).register("s", "{}");
        assertThat(requests.take()).endsWith("Bearer t");
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void shouldSayThatItWantsToKnowWhoWeAre(int refusal) {
        status = refusal;
        assertThatThrownBy(() -> registry("http://" + host()).register("s", "{}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("the schema registry does not let us in: HTTP " + refusal + " at http://" + host()
                        + "; give user and password in the address, as in https://user:password@host");
    }

    @ParameterizedTest
    @CsvSource({
        "401, 'it does not take the user and password, or the token, that it was given'",
        "403, whom it was given may not do this there"
    })
    void shouldSayThatItRefusesWhomItWasGiven(int refusal, String words) {
        status = refusal;
        assertThatThrownBy(() -> registry("http://me:secret@" + host()).register("s", "{}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("the schema registry does not let us in: HTTP " + refusal + " at http://" + host() + "; "
                        + words);
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 429})
    void shouldCallAServersTroubleAnOutage(int trouble) {
        status = trouble;
        answer = "{\"error_code\":50001,\"message\":\"store is away\"}";
        assertThatThrownBy(() -> registry("http://me:secret@" + host()).register("s", "{}"))
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry at http://" + host() + ": HTTP " + trouble
                        + " store is away");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "3000000000", "soon"})
    void shouldRefuseATimeLimitThatIsNone(String millis) {
        List<URI> urls = List.of(URI.create("http://" + host()));
        assertThatThrownBy(() -> new SchemaRegistry(new RegistrySettings(urls, Map.of("request.timeout.ms", millis))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("not a number of milliseconds: request.timeout.ms=" + millis);
    }

    @Test
    void shouldNotWaitForEver() {
        silent = true;
        List<URI> urls = List.of(URI.create("http://" + host()));
        assertThatThrownBy(() ->
                        new SchemaRegistry(new RegistrySettings(urls, Map.of("request.timeout.ms", "200"))).reachable())
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry at http://" + host() + ": no answer within 200 ms");
    }

    @ParameterizedTest
    @CsvSource({"301, GET", "302, GET", "303, GET", "307, POST", "308, POST"})
    void shouldGoWhereItIsSent(int redirection, String method) throws Exception {
        status = redirection;
        location = "/moved/here";
        assertThat(registry("http://me:secret@" + host()).register("s", "{}")).isEqualTo(7);
        assertThat(requests.take()).startsWith("POST /subjects/s/versions ");
        assertThat(requests.take()).isEqualTo(method + " /moved/here " + RegistryAddress.basic("me:secret"));
    }

    @Test
    void shouldTellNobodyElseWhatLetsItIn() throws Exception {
        status = 308;
        location = "http://localhost:" + server.getAddress().getPort() + "/moved";
        assertThat(registry("http://me:secret@" + host()).register("s", "{}")).isEqualTo(7);
        assertThat(requests.take()).endsWith(RegistryAddress.basic("me:secret"));
        assertThat(requests.take()).isEqualTo("POST /moved null");
    }

    @Test
    void shouldNotGoInCircles() {
        status = 307;
        location = "http://me:secret@" + host() + "/again";
        assertThatThrownBy(() -> registry("http://" + host()).reachable())
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry at http://" + host()
                        + ": it sends us from one address to the next; the last was http://" + host() + "/again");
    }

    @Test
    void shouldSayThatItIsSentNowhere() {
        status = 302;
        location = "http://me:secret@ho st/";
        assertThatThrownBy(() -> registry("http://" + host()).reachable())
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry at http://" + host()
                        + ": it sends us, by HTTP 302, to what is no address");
    }

    @Test
    void shouldSayThatThereIsNoSuchHost() {
        assertThatThrownBy(() -> registry("http://registry.invalid").reachable())
                .isInstanceOf(ConnectionException.class)
                .hasMessage(
                        "cannot reach the schema registry at http://registry.invalid: unknown host: registry.invalid; is it running, and is --schema-registry right?");
    }

    @Test
    void shouldGiveUpWhenItIsToldTo() throws Exception {
        silent = true;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread asking = new Thread(() -> registry("http://" + host()).reachable());
        asking.setUncaughtExceptionHandler((thread, e) -> failure.set(e));
        asking.start();
        requests.take();
        asking.interrupt();
        asking.join(5_000);
        assertThat(failure.get())
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry: interrupted");
    }

    @Test
    void shouldSayThatThereIsNoTls() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> refuseAll(plain));
            answering.setDaemon(true);
            answering.start();
            String address = "https://127.0.0.1:" + plain.getLocalPort();
            assertThatThrownBy(() -> registry(address).register("s", "{}"))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessage("cannot reach the schema registry at " + address
                            + ": it does not speak TLS; is its address one with http:// instead of https://?");
        }
    }

    /** As most servers answer what is no HTTP. */
    private static void refuseAll(ServerSocket server) {
        while (!server.isClosed()) {
            try (Socket caller = server.accept()) {
                // The caller ends the connection: an end of ours might be noticed before the answer.
                int unused = caller.getInputStream().read(new byte[64 << 10]);
                caller.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                long unusedRest = caller.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // The caller is gone, or the test is over.
            }
        }
    }

    @Test
    void shouldTryTheAddressesInTurnAndStayWithTheOneThatAnswers() {
        SchemaRegistry registry = new SchemaRegistry(RegistrySettings.of(GONE, "http://" + host()));
        assertThat(registry.register("s", "{}")).isEqualTo(7);
        assertThat(registry.register("s", "{}")).isEqualTo(7);
        assertThat(requests).as("remembered").hasSize(1);
    }

    @Test
    void shouldNameEveryAddressThatFailed() {
        assertThatThrownBy(() -> registry("http://me:secret@127.0.0.1:1/path").reachable())
                .isInstanceOf(ConnectionException.class)
                .hasMessageStartingWith("cannot reach the schema registry at http://127.0.0.1:1/path: ");
    }

    @Test
    void shouldNotTakeAnyAnswerForARegistrys() {
        answer = "<html>hello</html>";
        assertThatThrownBy(() -> registry("http://" + host()).register("s", "{}"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("not a schema registry's answer: subject=s answer=<html>hello</html>;"
                        + " is --schema-registry right?");
    }

    @Test
    void shouldRefuseUnknownSettingsAndAddressesWithoutRepeatingAPassword() {
        assertThatThrownBy(() -> new RegistrySettings(List.of(URI.create(GONE)), Map.of("basic.auth", "a:b")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("unknown setting of the schema registry: name=basic.auth; known are ");
        assertThatThrownBy(() -> registry("ftp://me:secret@host"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("secret");
    }

    private String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private static SchemaRegistry registry(String url) {
        return new SchemaRegistry(RegistrySettings.of(url));
    }
}
