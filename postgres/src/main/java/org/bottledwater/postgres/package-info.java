/** The source's side of the work: connections, catalog, publications, slots, snapshot and replication stream. */
@NullMarked
package org.bottledwater.postgres;

import org.jspecify.annotations.NullMarked;
