package org.bottledwater.postgres;

import org.bottledwater.change.ConfigurationException;

/** The server does not begin a stream, or go on with it, though it could be reached: perhaps the slot is of no use any more. */
public final class StreamRefusedException extends ConfigurationException {
    private static final long serialVersionUID = 1;

    StreamRefusedException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The same, if the server has refused something; otherwise {@code e}. */
    static RuntimeException of(RuntimeException e) {
        return e instanceof ConfigurationException ? new StreamRefusedException(String.valueOf(e.getMessage()), e) : e;
    }
}
