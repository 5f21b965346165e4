/** The pipeline as a source connector: Kafka Connect's worker sends, and remembers the position. */
@NullMarked
package org.bottledwater.connect;

import org.jspecify.annotations.NullMarked;
