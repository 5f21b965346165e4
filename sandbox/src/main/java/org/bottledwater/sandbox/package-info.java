/** A throw-away PostgreSQL, Kafka broker and schema registry as child processes, gone when their owner is gone. */
@NullMarked
package org.bottledwater.sandbox;

import org.jspecify.annotations.NullMarked;
