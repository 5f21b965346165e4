package org.bottledwater.sandbox;

/** A server could not be found, started or stopped; the message ends with the last lines of that server's log. */
public final class SandboxException extends RuntimeException {

    SandboxException(String message) {
        super(message);
    }

    SandboxException(String message, Throwable cause) {
        super(message, cause);
    }
}
