package org.bottledwater.kafka;

import java.util.List;

/** Keys of a topic, some at a time. One thread at a time. */
interface Keys extends AutoCloseable {
    /** Whether all have been given out. */
    boolean atEnd();

    /** Some keys, perhaps none. */
    List<byte[]> next();

    @Override
    void close();
}
