package org.bottledwater.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RelationTest {
    private static final Column ID = new Column("id", new Type.Base(23, "pg_catalog", "int4"), -1, "integer", 0, "");

    @Test
    void shouldKeepTheKeyInTableColumnOrder() {
        assertThat(relation(List.of(ID, ID, ID), List.of(2, 0)).keyColumns()).containsExactly(0, 2);
    }

    @Test
    void shouldRefuseAKeyColumnThatIsNotThere() {
        assertThatThrownBy(() -> relation(List.of(ID), List.of(1)))
                .hasMessage("key column out of range: table=public.orders position=1 columns=1");
    }

    @Test
    void shouldQuoteNamesForSql() {
        assertThat(new TableName("my schema", "a\"b").quoted()).isEqualTo("\"my schema\".\"a\"\"b\"");
    }

    private static Relation relation(List<Column> columns, List<Integer> key) {
        return new Relation(1, new TableName("public", "orders"), ReplicaIdentity.DEFAULT, columns, key, "");
    }
}
