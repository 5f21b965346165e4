package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** In front of a server that sends back what it gets. */
class ProxyTest {
    private final Proxy proxy = Proxy.open();
    private final ServerSocket server;

    ProxyTest() throws IOException {
        server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    }

    @BeforeEach
    void begin() {
        proxy.forwardTo(server.getLocalPort());
        Thread echo = new Thread(this::serve);
        echo.setDaemon(true);
        echo.start();
    }

    private void serve() {
        while (true) {
            try {
                Socket client = server.accept();
                Thread one = new Thread(() -> echo(client));
                one.setDaemon(true);
                one.start();
            } catch (IOException e) {
                return;
            }
        }
    }

    private static void echo(Socket client) {
        try (client) {
            client.getInputStream().transferTo(client.getOutputStream());
        } catch (IOException e) {
            // It was cut.
        }
    }

    @AfterEach
    void close() throws IOException {
        proxy.close();
        server.close();
    }

    @Test
    void shouldForward() throws IOException {
        try (Socket client = connect()) {
            assertThat(answer(client, 42)).isEqualTo(42);
        }
    }

    @Test
    void shouldCut() throws IOException {
        try (Socket client = connect()) {
            answer(client, 1);
            proxy.cut();
            assertThatThrownBy(() -> answer(client, 2)).isInstanceOf(SocketException.class);
        }
    }

    @Test
    void shouldHoldBackAndThenLetPass() throws IOException {
        try (Socket client = connect()) {
            proxy.stall();
            assertThatThrownBy(() -> answer(client, 1)).isInstanceOf(SocketTimeoutException.class);
            proxy.heal();
            assertThat(client.getInputStream().read()).isEqualTo(1);
        }
    }

    @Test
    void shouldSwallow() throws IOException {
        proxy.swallow();
        try (Socket client = connect()) {
            assertThatThrownBy(() -> answer(client, 1)).isInstanceOf(SocketTimeoutException.class);
            proxy.heal();
            assertThatThrownBy(() -> answer(client, 2)).isInstanceOf(SocketException.class);
        }
        shouldForward();
    }

    @Test
    void shouldForgetTheConnectionsOfNowOnly() throws IOException {
        try (Socket client = connect()) {
            answer(client, 1);
            proxy.forget();
            proxy.heal();
            assertThatThrownBy(() -> answer(client, 2)).isInstanceOf(SocketTimeoutException.class);
            shouldForward();
        }
    }

    @Test
    void shouldBeSlow() throws IOException {
        try (Socket client = connect()) {
            proxy.delay(100);
            long before = System.nanoTime();
            answer(client, 1);
            assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
        }
    }

    private Socket connect() throws IOException {
        Socket client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        client.setSoTimeout(1000);
        return client;
    }

    private static int answer(Socket client, int question) throws IOException {
        client.getOutputStream().write(question);
        int answer = client.getInputStream().read();
        if (answer < 0) {
            throw new SocketException("closed");
        }
        return answer;
    }
}
