package org.bottledwater.postgres;

/** A {@link BacklogReader} does not get on: a {@link ReplicationStream} may, or says better why nobody can. */
public final class BacklogRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BacklogRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
