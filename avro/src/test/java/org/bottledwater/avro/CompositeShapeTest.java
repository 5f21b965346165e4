package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bottledwater.avro.Bytes.bytes;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.Column;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.Relation;
import org.bottledwater.change.ReplicaIdentity;
import org.bottledwater.change.TableName;
import org.bottledwater.change.Tuple;
import org.bottledwater.change.Type;
import org.bottledwater.change.UnsupportedValueException;
import org.junit.jupiter.api.Test;

/** Composite values that are older than their type. */
final class CompositeShapeTest {
    private static final int BEFORE = 99;
    private static final int DROP = 100;
    private static final int AFTER = 101;

    private static final Type.Field STREET = new Type.Field("street", Sample.TEXT, -1, 0);
    private static final Type.Field CITY = new Type.Field("city", Sample.TEXT, -1, 0);
    private static final Type.Field NR = new Type.Field("nr", Sample.INT4, -1, 0);

    private static final String WAY_OUT = "; give --column-type=public.t.v=string to send the column as text";

    private static Type.Composite addr(List<Type.Field> fields, Type.Dropped... dropped) {
        return new Type.Composite(99, "public", "addr", fields, List.of(dropped));
    }

    private static RowEncoder encoder(Type type, TypeOptions options) {
        Column column = new Column("v", type, -1, type.name(), 0, "");
        TableName name = new TableName("public", "t");
        return RowEncoder.json(new Relation(1, name, ReplicaIdentity.FULL, List.of(column), List.of(), ""), options);
    }

    private static Tuple row(ColumnState state, byte[] value) {
        Tuple row = new Tuple();
        row.wrap(value, 1);
        row.set(0, state, 0, value.length);
        return row;
    }

    private static Tuple text(String value) {
        return row(ColumnState.TEXT, value.getBytes(StandardCharsets.UTF_8));
    }

    private static Tuple binary(Bytes value) {
        return row(ColumnState.BINARY, value.array());
    }

    private static Bytes s(String text) {
        return bytes().s(text);
    }

    private static String json(RowEncoder encoder, int xid, Tuple row) {
        encoder.begin(xid);
        String text = new String(encoder.value(row), StandardCharsets.UTF_8);
        return text.substring("{\"v\":".length(), text.length() - 1).replace('"', '\'');
    }

    @Test
    void shouldHaveNullForWhatWasAddedLater() {
        RowEncoder encoder = encoder(addr(List.of(STREET, NR, CITY)), TypeOptions.DEFAULT);
        String expected = "{'street':'s','nr':7,'city':null}";
        assertThat(json(encoder, BEFORE, text("(s,7)"))).isEqualTo(expected);
        assertThat(json(
                        encoder,
                        BEFORE,
                        binary(bytes().i4(2, 25).sized(s("s")).i4(23).sized(bytes().i4(7)))))
                .isEqualTo(expected);
        assertThat(json(encoder, BEFORE, text("(\"a,\"\"(\\\\\")")))
                .isEqualTo("{'street':'a,\\'(\\\\','nr':null,'city':null}");
    }

    @Test
    void shouldLeaveOutWhatWasDroppedLater() {
        RowEncoder encoder = encoder(addr(List.of(STREET, CITY), new Type.Dropped(1, DROP)), TypeOptions.DEFAULT);
        assertThat(json(encoder, BEFORE, text("(s,7,c)"))).isEqualTo("{'street':'s','city':'c'}");
        assertThat(json(encoder, BEFORE, text("(s,7)"))).isEqualTo("{'street':'s','city':null}");
        assertThat(json(encoder, DROP, text("(s,7)"))).isEqualTo("{'street':'s','city':'7'}");
        assertThat(json(encoder, AFTER, text("(s,7)"))).isEqualTo("{'street':'s','city':'7'}");
        assertThat(json(encoder, RowAge.NOW, text("(s,7)"))).isEqualTo("{'street':'s','city':'7'}");
        Tuple both = binary(bytes().i4(2, 25).sized(s("s")).i4(25).sized(s("c")));
        assertThat(json(encoder, BEFORE, both)).isEqualTo("{'street':'s','city':null}");
        assertThat(json(encoder, AFTER, both)).isEqualTo("{'street':'s','city':'c'}");
    }

    /** The transaction with the later number was the first to commit. */
    @Test
    void shouldHearTheTypesOfTheFieldsWhereTransactionsRanSideBySide() {
        RowEncoder encoder = encoder(addr(List.of(STREET, NR), new Type.Dropped(1, DROP)), TypeOptions.DEFAULT);
        Tuple old = binary(bytes().i4(2, 25).sized(s("s")).i4(25).sized(s("c")));
        assertThat(json(encoder, AFTER, old)).isEqualTo("{'street':'s','nr':null}");
        Tuple now = binary(bytes().i4(2, 25).sized(s("s")).i4(23).sized(bytes().i4(7)));
        assertThat(json(encoder, AFTER, now)).isEqualTo("{'street':'s','nr':7}");
    }

    @Test
    void shouldRefuseWhatFitsNoShape() {
        RowEncoder encoder = encoder(addr(List.of(STREET, NR)), TypeOptions.DEFAULT);
        encoder.begin(AFTER);
        assertThatThrownBy(() -> encoder.value(text("(s,7,c)")))
                .isInstanceOf(UnsupportedValueException.class)
                .hasMessage("unsupported value: column=public.t.v: a composite value that is older than a change of its"
                        + " type, and may have had other attributes, type=public.addr(street text, nr integer)"
                        + " value=3 fields" + WAY_OUT);
        Tuple other = binary(bytes().i4(2, 25).sized(s("s")).i4(20).sized(bytes().i4(0, 7)));
        assertThatThrownBy(() -> encoder.value(other))
                .hasMessageEndingWith("value=2 fields of the types with OID 25, 20" + WAY_OUT);
        assertThat(encoder.fits(other)).isFalse();
        assertThat(encoder.needsText(other)).isFalse();

        RowEncoder string = encoder(
                addr(List.of(STREET, NR)), new TypeOptions(NumericMapping.DECIMAL, Map.of("public.t.v", "string")));
        assertThat(string.needsText(other)).isTrue();
        assertThat(json(string, AFTER, text("(s,7,c)"))).isEqualTo("'(s,7,c)'");
    }

    @Test
    void shouldNoticeAnotherShapeWithin() {
        Type nested = addr(List.of(new Type.Field("all", Sample.array(addr(List.of(STREET, NR))), -1, 1)));
        RowEncoder encoder = encoder(nested, TypeOptions.DEFAULT);
        Tuple shorter = text("(\"{(s)}\")");
        assertThat(encoder.fits(text("(\"{\"\"(s,7)\"\"}\")"))).isTrue();
        assertThat(encoder.fits(shorter)).isFalse();
        assertThat(json(encoder, AFTER, shorter)).isEqualTo("{'all':[{'street':'s','nr':null}]}");
    }
}
