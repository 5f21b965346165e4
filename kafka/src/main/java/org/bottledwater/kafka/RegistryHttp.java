package org.bottledwater.kafka;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.jspecify.annotations.Nullable;

/** Asks the registry's addresses in turn, beginning with the one that answered last, until one gives an answer. */
final class RegistryHttp {
    private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final int SERVER_ERROR = 500;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int MAX_TEXT = 500;
    private static final int ROUNDS = 3;
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<RegistryAddress> addresses;
    private final Duration timeout;
    private final Optional<SSLSocketFactory> tls;
    private volatile int first;

    RegistryHttp(RegistrySettings settings) {
        if (settings.urls().isEmpty()) {
            throw new ConfigurationException("no address of a schema registry; give --schema-registry");
        }
        RegistryConfig checked = new RegistryConfig(settings.config());
        Optional<String> authorization = checked.authorization();
        this.addresses = settings.urls().stream()
                .map(url -> RegistryAddress.of(url, authorization))
                .toList();
        this.timeout = checked.timeout();
        this.tls = checked.ssl().map(SSLContext::getSocketFactory);
    }

    Answer get(String path) {
        return ask(path, null);
    }

    Answer post(String path, String body) {
        return ask(path, body);
    }

    /** A pause that the registry itself asks for, and that is short, is not worth a new start of everything. */
    private Answer ask(String path, @Nullable String body) {
        for (int i = 1; i < ROUNDS; i++) {
            try {
                return askAll(path, body);
            } catch (RegistryUnavailableException e) {
                Optional<Duration> pause = e.retryAfter().filter(wanted -> wanted.compareTo(SHORT) <= 0);
                if (pause.isEmpty()) {
                    throw new ConnectionException(String.valueOf(e.getMessage()), e);
                }
                pause(pause.get());
            }
        }
        try {
            return askAll(path, body);
        } catch (RegistryUnavailableException e) {
            throw new ConnectionException(String.valueOf(e.getMessage()), e);
        }
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConnectionException("cannot reach the schema registry: interrupted", e);
        }
    }

    private Answer askAll(String path, @Nullable String body) throws RegistryUnavailableException {
        List<String> failures = new ArrayList<>();
        List<Duration> pauses = new ArrayList<>();
        Exception cause = null;
        int tooOften = 0;
        int start = first;
        for (int i = 0; i < addresses.size(); i++) {
            int index = (start + i) % addresses.size();
            RegistryAddress address = addresses.get(index);
            try {
                Answer answer = exchange(address, path, body);
                if (answer.status() < SERVER_ERROR && answer.status() != TOO_MANY_REQUESTS) {
                    first = index;
                    return permitted(address, answer);
                }
                failures.add(address + ": HTTP " + answer.status() + " " + answer.message());
                answer.retryAfter().ifPresent(pauses::add);
                tooOften += answer.status() == TOO_MANY_REQUESTS ? 1 : 0;
            } catch (IOException e) {
                cause = e;
                failures.add(address + ": " + reason(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ConnectionException("cannot reach the schema registry: interrupted", e);
            }
        }
        String message = "cannot reach the schema registry at " + String.join(", ", failures)
                + (cause instanceof ConnectException || cause instanceof UnknownHostException
                        ? "; is it running, and is --schema-registry right?"
                        : "");
        // One that names no time may answer at any.
        Duration pause = pauses.size() == addresses.size() ? Collections.min(pauses) : null;
        throw new RegistryUnavailableException(message, cause, pause, tooOften == addresses.size());
    }

    private String reason(IOException e) {
        if (e instanceof SocketTimeoutException) {
            return "no answer within " + timeout.toMillis() + " ms";
        }
        String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        if (e instanceof UnknownHostException) {
            return "unknown host: " + message;
        }
        if (e instanceof ConnectException && message.startsWith("Connection refused")) {
            return "connection refused";
        }
        return e instanceof SSLException ? ofTls(message) : message;
    }

    private static String ofTls(String message) {
        if (message.contains("unrecognized SSL message")) {
            return "it does not speak TLS; is its address one with http:// instead of https://?";
        }
        if (message.contains("unable to find valid certification path")) {
            return "its certificate is signed by nobody who is trusted; if that is right, give the signer's certificate:"
                    + " --registry-config=ssl.truststore.location=FILE --registry-config=ssl.truststore.type=PEM";
        }
        if (message.contains("validity check failed")) {
            return "its certificate has expired, or is not valid yet: " + message;
        }
        if (message.contains("No subject alternative") || message.contains("No name matching")) {
            return "its certificate is that of another host: " + message;
        }
        return message;
    }

    private Answer exchange(RegistryAddress address, String path, @Nullable String body)
            throws IOException, InterruptedException {
        Map<String, String> headers = new HashMap<>(Map.of("Accept", MEDIA_TYPE + ", application/json"));
        address.authorization().ifPresent(value -> headers.put("Authorization", value));
        if (body != null) {
            headers.put("Content-Type", MEDIA_TYPE);
        }
        RegistryRequest.Response response =
                new RegistryRequest(address.resolve(path), headers, body, tls, timeout).run();
        return new Answer(address.toString(), response.status(), response.body(), response.retryAfter());
    }

    private static Answer permitted(RegistryAddress address, Answer answer) {
        if (answer.status() == 401 || answer.status() == 403) {
            throw new ConfigurationException("the schema registry does not let us in: HTTP " + answer.status() + " at "
                    + address + "; "
                    + (address.authorization().isEmpty()
                            ? "give user and password in the address, as in https://user:password@host"
                            : answer.status() == 401
                                    ? "it does not take the user and password, or the token, that it was given"
                                    : "whom it was given may not do this there"));
        }
        return answer;
    }

    /** What one of the addresses answered. */
    record Answer(String from, int status, String body, Optional<Duration> retryAfter) {
        boolean isJson() {
            return !json().isMissingNode();
        }

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                return MissingNode.getInstance();
            }
        }

        /** The registry's own words, if it has any. */
        String message() {
            JsonNode message = json().path("message");
            return message.isTextual() ? message.textValue() : text();
        }

        String text() {
            return body.length() <= MAX_TEXT ? body : body.substring(0, MAX_TEXT) + "…";
        }
    }
}
