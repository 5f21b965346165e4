package org.bottledwater.change;

/**
 * A value that the chosen mapping cannot hold, for instance NaN in a decimal column. The message names table, column
 * and reason, and says which option mends it. The row cannot be delivered as it is: the error policy decides.
 */
public final class UnsupportedValueException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public UnsupportedValueException(String message) {
        super(message);
    }
}
