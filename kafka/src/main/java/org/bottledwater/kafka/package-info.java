/** The sink: topics, the producer and its transactions, the checkpoint topic, and the client of the schema registry. */
@NullMarked
package org.bottledwater.kafka;

import org.jspecify.annotations.NullMarked;
