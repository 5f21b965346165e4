/** Tests of the source against real servers of several versions. */
@NullMarked
package org.bottledwater.postgres;

import org.jspecify.annotations.NullMarked;
