package org.bottledwater.pipeline.audit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.bottledwater.pipeline.VisibleTransactions;
import org.bottledwater.pipeline.audit.Cut.Part;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which messages belong to the state that a snapshot shows. */
final class CutTest {
    /** The numbers have come round once: the next one is 110, or 4294967406 in full. */
    private static final VisibleTransactions SNAPSHOT =
            VisibleTransactions.parse("4294967396:4294967406:4294967396,4294967400");

    @ParameterizedTest(name = "xid {0}, in the topic before: {1}")
    @CsvSource({
        "99, true, OF_IT",
        "101, true, OF_IT",
        // In progress: the commit was in the log, and in the topic, before others saw it.
        "100, true, LATER",
        "104, true, LATER",
        // An old message with a number that is yet to come again.
        "110, true, OF_IT",
        "3000000000, true, OF_IT",
        "99, false, OF_IT",
        "4294967295, false, OF_IT",
        "100, false, LATER",
        "110, false, LATER",
        "111, false, LATER"
    })
    void shouldGoByTheTransaction(String xid, boolean wasBefore, Part expected) {
        Headers headers = new RecordHeaders().add("pg.xid", xid.getBytes(UTF_8));
        assertThat(Cut.part(SNAPSHOT, wasBefore, headers)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"true, OF_IT", "false, PERHAPS"})
    void shouldGoByTheOffsetWhereNoTransactionIsTold(boolean wasBefore, Part expected) {
        assertThat(Cut.part(SNAPSHOT, wasBefore, new RecordHeaders())).isEqualTo(expected);
    }
}
