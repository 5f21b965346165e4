package org.bottledwater.kafka;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bottledwater.change.ConfigurationException;

/** {@link RegistrySettings#config()}, understood; the names are those of Confluent's clients. */
final class RegistryConfig {
    private static final Set<String> NAMES = Set.of(
            "basic.auth.user.info",
            "bearer.auth.token",
            "request.timeout.ms",
            "ssl.truststore.location",
            "ssl.truststore.password",
            "ssl.truststore.type",
            "ssl.keystore.location",
            "ssl.keystore.password",
            "ssl.keystore.type",
            "ssl.key.password");

    private static final String PEM = "PEM";
    private static final String TRUST = "ssl.truststore";

    private final Map<String, String> settings;

    RegistryConfig(Map<String, String> settings) {
        this.settings = settings;
    }

    /** @throws ConfigurationException for a setting that is unknown */
    static void check(Map<String, String> settings) {
        for (String name : new TreeSet<>(settings.keySet())) {
            if (!NAMES.contains(name)) {
                throw new ConfigurationException("unknown setting of the schema registry: name=" + name + "; known are "
                        + String.join(", ", new TreeSet<>(NAMES)));
            }
        }
    }

    Optional<String> authorization() {
        return setting("bearer.auth.token")
                .map(token -> "Bearer " + token)
                .or(() -> setting("basic.auth.user.info").map(RegistryAddress::basic));
    }

    Duration timeout() {
        String millis = setting("request.timeout.ms").orElse("15000");
        try {
            int limit = Integer.parseInt(millis);
            if (limit > 0) {
                return Duration.ofMillis(limit);
            }
            throw new NumberFormatException("not positive");
        } catch (NumberFormatException e) {
            throw new ConfigurationException("not a number of milliseconds: request.timeout.ms=" + millis, e);
        }
    }

    /** Only if a store is given; otherwise Java's own certificates are used. */
    Optional<SSLContext> ssl() {
        if (setting("ssl.truststore.location").isEmpty()
                && setting("ssl.keystore.location").isEmpty()) {
            return Optional.empty();
        }
        try {
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store(TRUST).orElse(null));
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            char[] password = setting("ssl.key.password")
                    .or(() -> setting("ssl.keystore.password"))
                    .orElse("")
                    .toCharArray();
            keys.init(store("ssl.keystore").orElse(null), password);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return Optional.of(context);
        } catch (NoSuchFileException e) {
            throw new ConfigurationException(
                    "cannot set up TLS for the schema registry: no such file: " + e.getMessage(), e);
        } catch (GeneralSecurityException | IOException e) {
            throw new ConfigurationException(
                    "cannot set up TLS for the schema registry: " + e.getMessage() + "; look at the settings ssl.*", e);
        }
    }

    private Optional<KeyStore> store(String prefix) throws GeneralSecurityException, IOException {
        Optional<String> location = setting(prefix + ".location");
        if (location.isEmpty()) {
            return Optional.empty();
        }
        String type = setting(prefix + ".type").orElse(KeyStore.getDefaultType());
        if (type.equals(PEM) && !prefix.equals(TRUST)) {
            throw new ConfigurationException(
                    "cannot set up TLS for the schema registry: our own key cannot be a PEM file: " + prefix
                            + ".type=PEM; make a PKCS12 file of it: openssl pkcs12 -export -in cert.pem -inkey key.pem");
        }
        if (type.equals(PEM)) {
            return Optional.of(trusted(certificates(Path.of(location.get())), location.get()));
        }
        KeyStore store = KeyStore.getInstance(type);
        try (InputStream in = Files.newInputStream(Path.of(location.get()))) {
            store.load(
                    in, setting(prefix + ".password").map(String::toCharArray).orElse(null));
        }
        return Optional.of(prefix.equals(TRUST) ? trusted(store, location.get()) : store);
    }

    /** One without a certificate, as a PKCS12 file looks without its password, would be noticed by the first question only. */
    private static KeyStore trusted(KeyStore store, String location) throws GeneralSecurityException {
        if (store.size() == 0) {
            throw new ConfigurationException("cannot set up TLS for the schema registry: no certificate in " + location
                    + "; is ssl.truststore.type, or ssl.truststore.password, missing?");
        }
        return store;
    }

    /** Those whom to trust, from a file as certificate authorities give it away. */
    private static KeyStore certificates(Path file) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(file)) {
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("certificate-" + number++, certificate);
            }
        }
        return store;
    }

    private Optional<String> setting(String name) {
        return Optional.ofNullable(settings.get(name));
    }
}
