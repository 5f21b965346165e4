package org.bottledwater.kafka;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.bottledwater.change.ConfigurationException;

/** An address of the registry, its credentials apart, so that they are never printed. */
final class RegistryAddress {
    private final String base;
    private final Optional<String> authorization;

    private RegistryAddress(String base, Optional<String> authorization) {
        this.base = base;
        this.authorization = authorization;
    }

    /** @param otherwise what to send as {@code Authorization} if the address has no user */
    static RegistryAddress of(URI url, Optional<String> otherwise) {
        boolean http = "http".equalsIgnoreCase(url.getScheme()) || "https".equalsIgnoreCase(url.getScheme());
        if (!http || url.getRawAuthority() == null) {
            // It may hold a password all the same, so it is not repeated.
            throw new ConfigurationException(
                    "not an address of a schema registry: it must begin with http:// or https:// and name a host");
        }
        String authority = url.getRawAuthority();
        String host = authority.substring(authority.lastIndexOf('@') + 1);
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        while (path.endsWith("/")) {
            path = path.substring(0, path.length() - 1);
        }
        Optional<String> own = Optional.ofNullable(url.getUserInfo()).map(RegistryAddress::basic);
        return new RegistryAddress(url.getScheme() + "://" + host + path, own.or(() -> otherwise));
    }

    /** RFC 7617. */
    static String basic(String userInfo) {
        return "Basic " + Base64.getEncoder().encodeToString(userInfo.getBytes(StandardCharsets.UTF_8));
    }

    URI resolve(String path) {
        return URI.create(base + path);
    }

    Optional<String> authorization() {
        return authorization;
    }

    @Override
    public String toString() {
        return base;
    }
}
