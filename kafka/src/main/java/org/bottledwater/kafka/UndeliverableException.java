package org.bottledwater.kafka;

/**
 * A message that Kafka can never take as things are: too large, or its topic is missing. Nothing of it was sent; the
 * error policy decides what happens next.
 */
public final class UndeliverableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UndeliverableException(String message) {
        super(message);
    }
}
