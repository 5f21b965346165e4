package org.bottledwater.pipeline.audit;

import java.util.List;
import org.bottledwater.change.TableName;

/**
 * What was found of one table; partitions that share a topic count as one.
 *
 * @param rows in the table
 * @param missing rows that are not in the topic
 * @param extra keys that have a value in the topic and no row
 * @param different rows that have another value in the topic
 * @param repaired how many of these three were mended, and found to be right afterwards
 * @param unjudged rows with a value that the mapping cannot hold, or that had not been copied on purpose
 * @param unsettled keys that changed in each look, so that nothing can be said of them
 * @param healed keys that differed at first and not any more in a later look
 * @param differences some of what was found
 * @param remark what else is to be said, or empty
 */
public record TableAudit(
        TableName table,
        String topic,
        Verdict verdict,
        long rows,
        long missing,
        long extra,
        long different,
        long repaired,
        long unjudged,
        long unsettled,
        long healed,
        List<Difference> differences,
        String remark) {

    /** What is to be said of the copy of a table. */
    public enum Verdict {
        /** The folded topic is the table, by now if something was repaired. */
        SAME,
        /** It is not. */
        DIFFERENT,
        /** It could not be found out; the remark says why. */
        UNSETTLED,
        /** It cannot be found out, as the messages have no keys. */
        NOT_AUDITED
    }

    public TableAudit {
        differences = List.copyOf(differences);
    }

    static TableAudit without(Unit unit, Verdict verdict, String remark) {
        return new TableAudit(unit.name(), unit.topic(), verdict, 0, 0, 0, 0, 0, 0, 0, 0, List.of(), remark);
    }
}
