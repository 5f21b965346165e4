/** Turns relations into Avro schemas and tuples into Avro binary or plain JSON; it knows what every PostgreSQL type means. */
@NullMarked
package org.bottledwater.avro;

import org.jspecify.annotations.NullMarked;
