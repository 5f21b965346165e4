package org.bottledwater.postgres.wire;

import org.bottledwater.change.ChangeHandler;

/** Turns the messages of a logical decoding plugin into calls of a {@link ChangeHandler}. Not thread-safe. */
public interface LogicalDecoder {
    /**
     * Decodes one message: what an XLogData message carries (manual, "Streaming Replication Protocol"), or the
     * {@code data} column of {@code pg_logical_slot_peek_changes}. Tuples handed on point into {@code buffer}, and a
     * decoder of text may undo the quoting of values in place: a message can be decoded once.
     *
     * @param lsn where the server says the message's data starts in the log
     * @return whether that was the end of a transaction
     * @throws org.bottledwater.change.MalformedInputException when the bytes are not what the plugin is known to write
     */
    boolean decode(byte[] buffer, int offset, int length, long lsn, ChangeHandler handler);
}
