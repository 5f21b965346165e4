package org.bottledwater.change;

/** Bytes that are not what the protocol says. It means a fault in this program or in what sends to it; nothing is skipped. */
public final class MalformedInputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public MalformedInputException(String message) {
        super(message);
    }
}
