/** Compares the folded topics with the tables, next to a pipeline that is running. */
@NullMarked
package org.bottledwater.pipeline.audit;

import org.jspecify.annotations.NullMarked;
