package org.bottledwater.avro;

/**
 * A value that a codec's Avro type cannot hold. The codec tells the reason; the encoder of the row, which knows the
 * column, makes an {@code UnsupportedValueException} of it.
 */
final class Unrepresentable extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unrepresentable(String reason) {
        super(reason);
    }
}
