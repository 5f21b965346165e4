/** The {@code bottledwater} command: its options, the log a person reads, and the throw-away demonstration. */
@NullMarked
package org.bottledwater.cli;

import org.jspecify.annotations.NullMarked;
