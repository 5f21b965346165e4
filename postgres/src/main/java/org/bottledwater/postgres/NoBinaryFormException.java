package org.bottledwater.postgres;

/** The server cannot send some value in binary, one of a type without a send function: the stream has to be asked for in text. */
public final class NoBinaryFormException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoBinaryFormException(String message, Throwable cause) {
        super(message, cause);
    }
}
