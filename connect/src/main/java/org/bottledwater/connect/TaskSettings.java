package org.bottledwater.connect;

import java.time.Duration;
import org.bottledwater.kafka.SinkOptions;
import org.bottledwater.pipeline.Settings;
import org.bottledwater.pipeline.Share;

/**
 * Everything a task is told.
 *
 * @param output as what rows leave
 * @param pace how messages are put together to transactions
 * @param transactionTimeout how long a transaction of the worker's producer may stay open
 * @param headersAreBytes whether the converter of headers takes nothing but bytes
 * @param share what of a copy that the tasks make together is this one's
 */
record TaskSettings(
        Settings pipeline,
        Output output,
        TimePrecision times,
        String checkpointTopic,
        SinkOptions pace,
        Duration transactionTimeout,
        boolean headersAreBytes,
        Share share) {
    /** As what it remembers how far it has come. */
    String ledger() {
        return Share.slotOf(pipeline.slot(), share.number());
    }
}
