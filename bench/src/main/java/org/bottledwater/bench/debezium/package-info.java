/** What runs within the worker of the rival. */
@NullMarked
package org.bottledwater.bench.debezium;

import org.jspecify.annotations.NullMarked;
