package org.bottledwater.kafka;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** No address of the schema registry gave an answer that is one: why a ConnectionException came. */
public final class RegistryUnavailableException extends IOException {
    private static final long serialVersionUID = 1;

    private final @Nullable Duration retryAfter;
    private final boolean tooOften;

    RegistryUnavailableException(
            String message, @Nullable Throwable cause, @Nullable Duration retryAfter, boolean tooOften) {
        super(message, cause);
        this.tooOften = tooOften;
        this.retryAfter = retryAfter;
    }

    /** When the registry wants to be asked again, if it says so: {@code Retry-After} of RFC 9110, section 10.2.3. */
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    /** Whether every address has only had enough of us: HTTP 429. */
    boolean isTooOften() {
        return tooOften;
    }
}
