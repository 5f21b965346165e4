package org.bottledwater.change;

/** A server is away or went away: nothing is wrong with what was asked, and trying again later may help. */
public final class ConnectionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ConnectionException(String message, Throwable cause) {
        super(message, cause);
    }
}
