package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.bottledwater.change.MalformedInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class VisibleTransactionsTest {
    @ParameterizedTest
    @CsvSource({"9, true", "10, false", "11, true", "14, false", "15, false", "19, true", "20, false", "21, false"})
    void shouldTellWhichTransactionsTheSnapshotSees(int xid, boolean included) {
        assertThat(VisibleTransactions.parse("10:20:10,14,15").includes(xid)).isEqualTo(included);
    }

    @Test
    void shouldSeeEverythingBelowTheHorizonWhenNothingIsInProgress() {
        VisibleTransactions snapshot = VisibleTransactions.parse("20:20:");
        assertThat(snapshot.includes(19)).isTrue();
        assertThat(snapshot.includes(20)).isFalse();
    }

    @Test
    void shouldTakeTheNearestEpochOfATransactionNumber() {
        // 2^32 + 5: the counter went round once, so 4294967295 lies just below and 6 just above.
        VisibleTransactions snapshot = VisibleTransactions.parse("4294967301:4294967301:");
        assertThat(snapshot.includes(-1)).isTrue();
        assertThat(snapshot.includes(4)).isTrue();
        assertThat(snapshot.includes(6)).isFalse();
        // Just below the turn: small numbers are in the future already.
        VisibleTransactions before = VisibleTransactions.parse("4294967290:4294967290:");
        assertThat(before.includes(5)).isFalse();
        assertThat(before.includes(-100)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1:2", "a:2:", "1:b:", "1:2:c", "1:2:3:4"})
    void shouldRefuseOtherText(String text) {
        assertThatThrownBy(() -> VisibleTransactions.parse(text))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage("not a transaction snapshot: text=" + text);
    }
}
