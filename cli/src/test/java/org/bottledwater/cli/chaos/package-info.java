/** The whole program under faults: it is killed, frozen and cut off, and afterwards a judge reads every message. */
@NullMarked
package org.bottledwater.cli.chaos;

import org.jspecify.annotations.NullMarked;
