/** The vocabulary that source and sink share: log positions, relations, and tuples as views over wire bytes. */
@NullMarked
package org.bottledwater.change;

import org.jspecify.annotations.NullMarked;
