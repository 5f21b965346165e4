package org.bottledwater.connect;

/**
 * Ends a transaction of the worker's.
 *
 * @param sequence counts them, so that what is stored tells which was stored last
 * @param lsn everything before it is in Kafka when the worker has committed
 * @param undo the transaction is to be given up instead
 */
record End(long sequence, long lsn, boolean undo) {}
