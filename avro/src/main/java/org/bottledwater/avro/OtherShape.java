package org.bottledwater.avro;

/** A composite value has not the shape that its type is known to have: the caller, which knows the type, asks what it is now. */
final class OtherShape extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Where from it is thrown is of no interest. */
    OtherShape() {
        super("another shape", null, false, false);
    }
}
