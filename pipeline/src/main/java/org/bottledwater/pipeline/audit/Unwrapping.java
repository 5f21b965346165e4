package org.bottledwater.pipeline.audit;

import org.jspecify.annotations.Nullable;

/** Takes the row out of a message's value. One thread at a time. */
@FunctionalInterface
interface Unwrapping {
    /**
     * The row as a value of its own; null for one that is gone. What is no envelope of ours is given back as it is, so that
     * it is seen to be none.
     */
    byte @Nullable [] row(byte[] value);
}
