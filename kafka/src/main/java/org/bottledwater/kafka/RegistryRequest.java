package org.bottledwater.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * One request to a registry over HTTP/1.1, and its response. Redirections are followed (RFC 9110, section 15.4), but none from
 * https to http. It takes the JDK's older client: the newer one is loaded for several times as long, TLS and all, and every
 * start would wait for that.
 */
final class RegistryRequest {
    private static final int MAX_REDIRECTIONS = 5;
    private static final int SEE_OTHER = 303;
    private static final int TEMPORARY_REDIRECT = 307;
    private static final int PERMANENT_REDIRECT = 308;
    private static final String AUTHORIZATION = "Authorization";

    private final Optional<SSLSocketFactory> tls;
    private final int timeoutMillis;
    private final Map<String, String> headers;
    private URI target;
    private @Nullable String body;

    /**
     * @param tls for https, if it is not Java's own
     * @param body to be posted; nothing to get something
     */
    RegistryRequest(
            URI target,
            Map<String, String> headers,
            @Nullable String body,
            Optional<SSLSocketFactory> tls,
            Duration timeout) {
        this.target = target;
        this.headers = new TreeMap<>(headers);
        this.body = body;
        this.tls = tls;
        this.timeoutMillis = (int) timeout.toMillis();
    }

    /** What came, whatever its status; the time to ask again if that was named. */
    record Response(int status, String body, Optional<Duration> retryAfter) {}

    /** @throws SocketTimeoutException if all of it takes longer than the time limit */
    Response run() throws IOException, InterruptedException {
        FutureTask<Response> answer = new FutureTask<>(this::follow);
        // Who waits at a socket cannot be interrupted, so another thread does; left alone, it ends by its own time
        // limits.
        Thread thread = new Thread(answer, "schema-registry");
        thread.setDaemon(true);
        thread.start();
        try {
            return answer.get(timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("no answer within " + timeoutMillis + " ms");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(e.getCause());
        }
    }

    private Response follow() throws IOException {
        for (int i = 0; i <= MAX_REDIRECTIONS; i++) {
            HttpURLConnection connection = connect();
            int status = connection.getResponseCode();
            if (status < 0) {
                throw new ProtocolException("it does not speak HTTP");
            }
            String text = text(connection, status);
            String location = connection.getHeaderField("Location");
            if (location == null || !isRedirection(status) || !redirect(status, location)) {
                return new Response(
                        status, text, RetryAfter.parse(connection.getHeaderField("Retry-After"), Instant.now()));
            }
        }
        throw new ProtocolException("it sends us from one address to the next; the last was "
                + RegistryAddress.of(target, Optional.empty()));
    }

    private HttpURLConnection connect() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) target.toURL().openConnection();
        if (connection instanceof HttpsURLConnection https) {
            tls.ifPresent(https::setSSLSocketFactory);
        }
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        connection.setConnectTimeout(timeoutMillis);
        connection.setReadTimeout(timeoutMillis);
        headers.forEach(connection::setRequestProperty);
        if (body != null) {
            connection.setDoOutput(true);
            connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
        }
        return connection;
    }

    private static String text(HttpURLConnection connection, int status) throws IOException {
        try (InputStream in = status < HttpURLConnection.HTTP_BAD_REQUEST
                ? connection.getInputStream()
                : connection.getErrorStream()) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static boolean isRedirection(int status) {
        return status == HttpURLConnection.HTTP_MOVED_PERM
                || status == HttpURLConnection.HTTP_MOVED_TEMP
                || status == SEE_OTHER
                || status == TEMPORARY_REDIRECT
                || status == PERMANENT_REDIRECT;
    }

    /** Whether it is one to be followed; then the next request goes there. */
    private boolean redirect(int status, String location) throws ProtocolException {
        URI next;
        try {
            next = target.resolve(location);
        } catch (IllegalArgumentException e) {
            // It may hold a password all the same, so it is not repeated.
            throw new ProtocolException("it sends us, by HTTP " + status + ", to what is no address");
        }
        boolean secure = "https".equalsIgnoreCase(next.getScheme());
        if (next.getHost() == null || (!secure && !next.getScheme().equalsIgnoreCase(target.getScheme()))) {
            return false;
        }
        boolean sameHost = next.getHost().equalsIgnoreCase(target.getHost());
        if (!sameHost || (!secure && next.getPort() != target.getPort())) {
            // What lets us in here is nobody else's business.
            headers.remove(AUTHORIZATION);
        }
        if (status < TEMPORARY_REDIRECT) {
            body = null;
        }
        target = next;
        return true;
    }
}
