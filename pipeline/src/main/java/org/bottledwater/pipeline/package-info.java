/** Joins the source to the sink and keeps the promises: order, exactly-once, resume, error policy, back-pressure. */
@NullMarked
package org.bottledwater.pipeline;

import org.jspecify.annotations.NullMarked;
