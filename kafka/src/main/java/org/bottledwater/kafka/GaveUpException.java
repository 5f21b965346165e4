package org.bottledwater.kafka;

import java.time.Duration;

/** Kafka took nothing for as long as the user was willing to wait. */
public final class GaveUpException extends RuntimeException {
    private static final long serialVersionUID = 1;

    GaveUpException(Exception timeout) {
        super(timeout.getMessage(), timeout);
    }

    GaveUpException(Duration limit) {
        super("waited for Kafka for " + limit.toSeconds() + "s");
    }
}
