package org.bottledwater.pipeline.audit;

import java.util.concurrent.atomic.LongAdder;

/** How much was read so far, by all workers. */
final class Tally {
    final LongAdder rows = new LongAdder();
    final LongAdder messages = new LongAdder();
}
