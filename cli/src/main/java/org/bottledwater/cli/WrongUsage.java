package org.bottledwater.cli;

/** An option, variable or setting that is not what it should be, where the parser could not see it. Exit code 2. */
final class WrongUsage extends RuntimeException {
    private static final long serialVersionUID = 1;

    WrongUsage(String message) {
        super(message);
    }

    WrongUsage(String message, Throwable cause) {
        super(message, cause);
    }
}
