package org.bottledwater.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of an authority that Java does not know, as most companies have one. */
class RegistryTlsTest {
    private static final String PASSWORD = "secret";

    @TempDir
    Path folder;

    private HttpsServer server;

    @BeforeEach
    void create() throws IOException {
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    /** A certificate that signs itself. */
    private void makeCertificate() throws Exception {
        makeKeys("registry", "-ext", "san=dns:localhost");
        export("registry");
    }

    private void makeKeys(String alias, String... more) throws Exception {
        keytool("-genkeypair -keyalg RSA -storetype PKCS12 -dname CN=localhost -alias " + alias, more);
    }

    private void export(String alias) throws Exception {
        keytool("-exportcert -rfc -alias " + alias, "-file", file("ca.pem"));
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private void serveWithKeys() throws Exception {
        serveWithKeys("");
    }

    /** @param location where it sends everybody to, if it does */
    private void serveWithKeys(String location) throws Exception {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(folder.resolve("keys.p12"))) {
            keys.load(in, PASSWORD.toCharArray());
        }
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(onlyOf("registry", keys), PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            byte[] answer = "{\"id\":7}".getBytes(StandardCharsets.UTF_8);
            if (!location.isEmpty()) {
                exchange.getResponseHeaders().set("Location", location);
            }
            exchange.sendResponseHeaders(location.isEmpty() ? 200 : 308, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        server.start();
    }

    private static KeyStore onlyOf(String alias, KeyStore keys) throws Exception {
        for (String each : Collections.list(keys.aliases())) {
            if (!each.equals(alias)) {
                keys.deleteEntry(each);
            }
        }
        return keys;
    }

    private void keytool(String words, String... more) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(words.split(" ", -1)));
        command.addAll(List.of(more));
        command.addAll(List.of("-noprompt", "-keystore", file("keys.p12"), "-storepass", PASSWORD));
        Path said = folder.resolve("keytool.log");
        int code = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start()
                .waitFor();
        assertThat(code).as(Files.readString(said)).isZero();
    }

    private String address(String host) {
        return "https://" + host + ":" + server.getAddress().getPort();
    }

    private int register(String host, Map<String, String> config) {
        return new SchemaRegistry(new RegistrySettings(List.of(URI.create(address(host))), config)).register("s", "{}");
    }

    private Map<String, String> pem() {
        return Map.of("ssl.truststore.location", file("ca.pem"), "ssl.truststore.type", "PEM");
    }

    @Test
    void shouldTrustWhomItIsTold() throws Exception {
        makeCertificate();
        serveWithKeys();
        assertThat(register("localhost", pem())).isEqualTo(7);
        assertThat(register(
                        "localhost",
                        Map.of("ssl.truststore.location", file("keys.p12"), "ssl.truststore.password", PASSWORD)))
                .isEqualTo(7);
    }

    @Test
    void shouldGoFromHttpToHttpsWhenItIsSentThere() throws Exception {
        makeCertificate();
        serveWithKeys();
        HttpServer plain = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        plain.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Location", address("localhost") + exchange.getRequestURI());
            exchange.sendResponseHeaders(308, -1);
            exchange.close();
        });
        plain.start();
        try {
            URI address = URI.create("http://localhost:" + plain.getAddress().getPort());
            assertThat(new SchemaRegistry(new RegistrySettings(List.of(address), pem())).register("s", "{}"))
                    .isEqualTo(7);
        } finally {
            plain.stop(0);
        }
    }

    /** What was a secret on the way would be none any more. */
    @Test
    void shouldNotGoFromHttpsToHttp() throws Exception {
        makeCertificate();
        serveWithKeys("http://localhost:1/");
        assertThatThrownBy(() -> register("localhost", pem()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("HTTP 308");
    }

    @Test
    void shouldSayHowToTrustASigner() throws Exception {
        makeCertificate();
        serveWithKeys();
        assertThatThrownBy(() -> register("localhost", Map.of()))
                .isInstanceOf(ConnectionException.class)
                .hasMessage("cannot reach the schema registry at " + address("localhost")
                        + ": its certificate is signed by nobody who is trusted; if that is right, give the signer's certificate:"
                        + " --registry-config=ssl.truststore.location=FILE --registry-config=ssl.truststore.type=PEM");
    }

    @Test
    void shouldSayThatTheCertificateIsThatOfAnotherHost() throws Exception {
        makeCertificate();
        serveWithKeys();
        assertThatThrownBy(() -> register("127.0.0.1", pem()))
                .isInstanceOf(ConnectionException.class)
                .hasMessageContaining(": its certificate is that of another host: ");
    }

    @Test
    void shouldSayThatTheCertificateHasExpired() throws Exception {
        makeKeys("authority", "-ext", "bc:c");
        makeKeys("registry");
        keytool("-certreq -alias registry", "-file", file("asked"));
        keytool(
                "-gencert -rfc -alias authority -ext san=dns:localhost -startdate -3d -validity 1",
                "-infile",
                file("asked"),
                "-outfile",
                file("signed"));
        keytool("-importcert -alias registry", "-file", file("signed"));
        export("authority");
        serveWithKeys();
        assertThatThrownBy(() -> register("localhost", pem()))
                .isInstanceOf(ConnectionException.class)
                .hasMessageContaining(": its certificate has expired, or is not valid yet: ");
    }

    @Test
    void shouldSayThatAStoreHasNoCertificate() throws Exception {
        makeCertificate();
        Files.writeString(folder.resolve("empty.pem"), "");
        assertThatThrownBy(() -> new SchemaRegistry(new RegistrySettings(
                        List.of(URI.create(address("localhost"))),
                        Map.of("ssl.truststore.location", file("empty.pem"), "ssl.truststore.type", "PEM"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("no certificate in " + file("empty.pem"));
        assertThatThrownBy(() -> new SchemaRegistry(new RegistrySettings(
                        List.of(URI.create(address("localhost"))),
                        Map.of("ssl.keystore.location", file("ca.pem"), "ssl.keystore.type", "PEM"))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("our own key cannot be a PEM file");
    }

    @Test
    void shouldSayWhatIsWrongWithAStore() throws Exception {
        makeCertificate();
        serveWithKeys();
        assertThatThrownBy(() -> register(
                        "localhost",
                        Map.of("ssl.truststore.location", file("keys.p12"), "ssl.truststore.password", "wrong")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageStartingWith("cannot set up TLS for the schema registry: ");
    }
}
