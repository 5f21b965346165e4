/** Measures the program end to end, beside Debezium's connector and what the servers can do at most. */
@NullMarked
package org.bottledwater.bench;

import org.jspecify.annotations.NullMarked;
