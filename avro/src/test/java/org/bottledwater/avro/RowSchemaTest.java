package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Type;
import org.junit.jupiter.api.Test;

final class RowSchemaTest {
    private static final Type MOOD = new Type.Enumerated(5, "public", "mood", List.of("sad", "so so"));
    private static final Type ADDRESS = new Type.Composite(
            6,
            "public",
            "address",
            List.of(
                    new Type.Field("zip", Sample.base(1043, "varchar"), 9, 0),
                    new Type.Field("at", Sample.base(600, "point"), -1, 0)));

    private static Column column(String name, Type type, int typeModifier, String declared, String comment) {
        return new Column(name, type, typeModifier, declared, 0, comment);
    }

    private static Relation relation(List<Column> columns, Integer... keys) {
        TableName name = new TableName("web-shop", "orders");
        return new Relation(1, name, ReplicaIdentity.DEFAULT, columns, List.of(keys), "What is sold");
    }

    private static Relation orders() {
        return relation(
                List.of(
                        column("id", Sample.INT4, -1, "integer", ""),
                        column("1st price", Sample.NUMERIC, Sample.numericModifier(10, 2), "numeric(10,2)", "in €"),
                        column("mood", MOOD, -1, "mood", "")),
                0);
    }

    @Test
    void shouldDescribeTheRow() {
        assertThat(RowSchema.of(orders(), TypeOptions.DEFAULT).valueText())
                .isEqualTo(
                        "{\"type\":\"record\",\"name\":\"orders\",\"namespace\":\"web_2d_shop\",\"doc\":\"What is sold\",\"fields\":["
                                + "{\"name\":\"id\",\"type\":[\"null\",\"int\"],\"default\":null,\"pg.type\":\"integer\"},"
                                + "{\"name\":\"_31_st_20_price\",\"type\":[\"null\",{\"type\":\"bytes\",\"logicalType\":\"decimal\","
                                + "\"precision\":10,\"scale\":2}],\"doc\":\"in €\",\"default\":null,\"pg.type\":\"numeric(10,2)\"},"
                                + "{\"name\":\"mood\",\"type\":[\"null\",{\"type\":\"string\",\"pg.enum\":[\"sad\",\"so so\"]}],"
                                + "\"default\":null,\"pg.type\":\"mood\"}]}");
    }

    @Test
    void shouldDescribeTheKey() {
        assertThat(RowSchema.of(orders(), TypeOptions.DEFAULT).keyText())
                .isEqualTo("{\"type\":\"record\",\"name\":\"orders_key\",\"namespace\":\"web_2d_shop\",\"fields\":["
                        + "{\"name\":\"id\",\"type\":\"int\"}]}");
    }

    /** Its id is part of the bytes of each key. */
    @Test
    void shouldHaveNothingButNamesAndTypesInAKey() {
        Type home = new Type.Composite(
                7,
                "public",
                "home",
                List.of(
                        new Type.Field("address", ADDRESS, -1, 0),
                        new Type.Field("moods", Sample.array(MOOD), -1, 1),
                        new Type.Field("since", Sample.base(1082, "date"), -1, 0)));
        Relation relation = relation(
                List.of(
                        column("home", home, -1, "home", "where"),
                        column("price", Sample.NUMERIC, Sample.numericModifier(10, 2), "numeric(10,2)", "in €")),
                0,
                1);
        assertThat(RowSchema.of(relation, TypeOptions.DEFAULT).keyText())
                .isEqualTo("{\"type\":\"record\",\"name\":\"orders_key\",\"namespace\":\"web_2d_shop\",\"fields\":["
                        + "{\"name\":\"home\",\"type\":{\"type\":\"record\",\"name\":\"home\","
                        + "\"namespace\":\"web_2d_shop.orders_key_fields\",\"fields\":["
                        + "{\"name\":\"address\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"address\","
                        + "\"namespace\":\"web_2d_shop.orders_key_fields.home_fields\",\"fields\":["
                        + "{\"name\":\"zip\",\"type\":[\"null\",\"string\"]},"
                        + "{\"name\":\"at\",\"type\":[\"null\",{\"type\":\"record\",\"name\":\"at\","
                        + "\"namespace\":\"web_2d_shop.orders_key_fields.home_fields.address_fields\","
                        + "\"fields\":[{\"name\":\"x\",\"type\":\"double\"},{\"name\":\"y\",\"type\":\"double\"}]}]}]}]},"
                        + "{\"name\":\"moods\",\"type\":[\"null\",{\"type\":\"array\",\"items\":[\"null\",\"string\"]}]},"
                        + "{\"name\":\"since\",\"type\":[\"null\",{\"type\":\"int\",\"logicalType\":\"date\"}]}]}},"
                        + "{\"name\":\"price\",\"type\":{\"type\":\"bytes\",\"logicalType\":\"decimal\","
                        + "\"precision\":10,\"scale\":2}}]}");
    }

    @Test
    void shouldGiveTheSameTextForTheSameRelation() {
        RowSchema one = RowSchema.of(orders(), TypeOptions.DEFAULT);
        RowSchema other = RowSchema.of(orders(), TypeOptions.DEFAULT);
        assertThat(one.valueText()).isEqualTo(other.valueText());
        assertThat(one.keyText()).isEqualTo(other.keyText());
        assertThat(new Schema.Parser().parse(one.valueText())).isEqualTo(one.valueSchema());
    }

    @Test
    void shouldNameNestedRecordsAfterTheirPlace() {
        Relation relation = relation(
                List.of(column("home", ADDRESS, -1, "address", ""), column("work", ADDRESS, -1, "address", "")));
        String text = RowSchema.of(relation, TypeOptions.DEFAULT).valueText();
        assertThat(new Schema.Parser()
                        .parse(text)
                        .getField("work")
                        .schema()
                        .getTypes()
                        .get(1)
                        .getFullName())
                .isEqualTo("web_2d_shop.orders_fields.work");
        assertThat(text)
                .contains("\"name\":\"home\",\"namespace\":\"web_2d_shop.orders_fields\"")
                .contains("\"name\":\"at\",\"namespace\":\"web_2d_shop.orders_fields.home_fields\"")
                .contains("\"pg.type\":\"character varying(5)\"");
    }

    @Test
    void shouldNestArraysAsDeepAsDeclared() {
        Relation relation = relation(List.of(new Column("a", Sample.array(Sample.INT4), -1, "integer[]", 2, "")));
        assertThat(RowSchema.of(relation, TypeOptions.DEFAULT).valueText())
                .contains(
                        "[\"null\",{\"type\":\"array\",\"items\":[\"null\",{\"type\":\"array\",\"items\":[\"null\",\"int\"]}]}]");
    }

    @Test
    void shouldAllowColumnsToComeAndGo() {
        Schema before = RowSchema.of(orders(), TypeOptions.DEFAULT).valueSchema();
        Schema after = RowSchema.of(relation(List.of(column("new", Sample.TEXT, -1, "text", ""))), TypeOptions.DEFAULT)
                .valueSchema();
        for (Schema[] pair : new Schema[][] {{before, after}, {after, before}}) {
            assertThat(SchemaCompatibility.checkReaderWriterCompatibility(pair[0], pair[1])
                            .getType())
                    .isEqualTo(SchemaCompatibility.SchemaCompatibilityType.COMPATIBLE);
        }
    }

    @Test
    void shouldDescribeATableWithoutColumns() {
        RowSchema schema = RowSchema.of(relation(List.of()), TypeOptions.DEFAULT);
        assertThat(schema.valueText()).endsWith("\"fields\":[]}");
        assertThatThrownBy(schema::keyText)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no key: table=web-shop.orders");
    }

    @Test
    void shouldHearTheOptions() {
        String column = "web-shop.orders.1st price";
        assertThat(RowSchema.of(orders(), new TypeOptions(NumericMapping.DECIMAL, Map.of(column, "string")))
                        .valueText())
                .contains("\"_31_st_20_price\",\"type\":[\"null\",\"string\"]");
        assertThat(RowSchema.of(orders(), new TypeOptions(NumericMapping.STRING, Map.of()))
                        .valueText())
                .contains("\"_31_st_20_price\",\"type\":[\"null\",\"string\"]");
        assertThat(RowSchema.of(orders(), new TypeOptions(NumericMapping.DOUBLE, Map.of()))
                        .valueText())
                .contains("\"_31_st_20_price\",\"type\":[\"null\",\"double\"]");
        assertThatThrownBy(() -> new TypeOptions(NumericMapping.DECIMAL, Map.of(column, "int")))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("unknown column type: --column-type=" + column + "=int; the only one is string");
    }

    @Test
    void shouldRefuseTwoColumnsWithOneName() {
        Relation relation = relation(List.of(
                column("a b", Sample.INT4, -1, "integer", ""), column("a_20_b", Sample.INT4, -1, "integer", "")));
        assertThatThrownBy(() -> RowSchema.of(relation, TypeOptions.DEFAULT))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("table=web-shop.orders column=a b column=a_20_b");
    }
}
