/** The decoders of what PostgreSQL sends: bytes in, callbacks out, and no I/O. */
@NullMarked
package org.bottledwater.postgres.wire;

import org.jspecify.annotations.NullMarked;
