package org.bottledwater.change;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class TupleTest {
    @Test
    void shouldForgetTheRowBeforeWhenAimedAtAnother() {
        Tuple tuple = new Tuple();
        tuple.wrap("abc".getBytes(UTF_8), 2);
        tuple.set(0, ColumnState.TEXT, 1, 2);
        tuple.set(1, ColumnState.UNCHANGED);
        assertThat(tuple.hasUnchanged()).isTrue();
        assertThat(text(tuple, 0)).isEqualTo("bc");

        tuple.wrap("x".getBytes(UTF_8), 40);
        assertThat(tuple.hasUnchanged()).isFalse();
        assertThat(tuple.size()).isEqualTo(40);
        assertThat(tuple.state(0)).isEqualTo(ColumnState.NULL);
        assertThat(tuple.state(39)).isEqualTo(ColumnState.NULL);
    }

    @Test
    void shouldFillAColumnFromAnotherBufferAndKeepItsOwn() {
        Tuple row = new Tuple();
        row.wrap("key".getBytes(UTF_8), 2);
        row.set(0, ColumnState.TEXT, 0, 3);
        row.set(1, ColumnState.UNCHANGED);
        Tuple fetched = new Tuple();
        fetched.wrap("..large".getBytes(UTF_8), 1);
        fetched.set(0, ColumnState.TEXT, 2, 5);

        row.fill(1, fetched, 0);

        assertThat(row.hasUnchanged()).isFalse();
        assertThat(text(row, 0)).isEqualTo("key");
        assertThat(text(row, 1)).isEqualTo("large");
    }

    @Test
    void shouldFillAColumnInPlaceWhenTheBufferIsTheSame() {
        byte[] message = "oldnew".getBytes(UTF_8);
        Tuple old = new Tuple();
        old.wrap(message, 1);
        old.set(0, ColumnState.TEXT, 0, 3);
        Tuple row = new Tuple();
        row.wrap(message, 1);
        row.set(0, ColumnState.UNCHANGED);

        row.fill(0, old, 0);

        assertThat(row.buffer()).isSameAs(message);
        assertThat(text(row, 0)).isEqualTo("old");
    }

    private static String text(Tuple tuple, int column) {
        return new String(tuple.buffer(), tuple.offset(column), tuple.length(column), UTF_8);
    }
}
