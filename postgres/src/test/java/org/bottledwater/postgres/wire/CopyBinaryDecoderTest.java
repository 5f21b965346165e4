package org.bottledwater.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;

final class CopyBinaryDecoderTest {
    private static final Relation TABLE = new FakeResolver()
            .resolve(
                    new TableName("public", "data"),
                    List.of(new NamedColumn("id", "integer"), new NamedColumn("note", "money")));

    private final RecordingHandler handler = new RecordingHandler();
    private final CopyBinaryDecoder decoder = decoder();

    static CopyBinaryDecoder decoder() {
        return new CopyBinaryDecoder(TABLE, new boolean[] {false, true});
    }

    static byte[] header() {
        return new MessageBuilder()
                .text("PGCOPY\n")
                .hex("FF")
                .text("\r\n")
                .int8(0)
                .int32(0) // flags
                .int32(0) // length of the extension
                .bytes();
    }

    static byte[] row(int id, String note) {
        return new MessageBuilder()
                .int16(2) // number of fields
                .int32(4)
                .int32(id)
                .int32(note.length())
                .text(note)
                .bytes();
    }

    static byte[] rowOfNulls() {
        return new MessageBuilder().int16(2).int32(-1).int32(-1).bytes();
    }

    static byte[] trailer() {
        return new MessageBuilder().int16(-1).bytes();
    }

    static byte[] stream() {
        return concat(header(), row(1, "one"), rowOfNulls(), row(2, ""), trailer());
    }

    private static final List<String> ROWS = List.of(
            "row public.data (id=x'00000001', note='one')",
            "row public.data (id=NULL, note=NULL)",
            "row public.data (id=x'00000002', note='')");

    @Test
    void shouldReadARowPerMessageAsPostgresSendsThem() {
        data(decoder, concat(header(), row(1, "one")));
        data(decoder, rowOfNulls());
        data(decoder, row(2, ""));
        data(decoder, trailer());
        decoder.end();

        assertThat(handler.calls).isEqualTo(ROWS);
    }

    @Test
    void shouldSeeAWholeRowInPlace() {
        data(decoder, header());
        byte[] row = row(1, "one");
        decoder.data(row, 0, row.length, (relation, tuple) -> {
            assertThat(tuple.buffer()).isSameAs(row);
            handler.row(relation, tuple);
        });

        assertThat(handler.calls).containsExactly(ROWS.get(0));
    }

    @Test
    void shouldReadWhereverTheDataIsCut() {
        byte[] stream = stream();
        for (int size = 1; size <= stream.length; size++) {
            RecordingHandler rows = new RecordingHandler();
            CopyBinaryDecoder cut = decoder();
            for (int from = 0; from < stream.length; from += size) {
                cut.data(stream, from, Math.min(size, stream.length - from), rows);
            }
            cut.end();
            assertThat(rows.calls).as("size=%d", size).isEqualTo(ROWS);
        }
    }

    @Test
    void shouldReadEveryPairOfCuts() {
        byte[] stream = stream();
        for (int first = 0; first <= stream.length; first++) {
            for (int second = first; second <= stream.length; second++) {
                RecordingHandler rows = new RecordingHandler();
                CopyBinaryDecoder cut = decoder();
                cut.data(stream, 0, first, rows);
                cut.data(stream, first, second - first, rows);
                cut.data(stream, second, stream.length - second, rows);
                cut.end();
                assertThat(rows.calls).as("cuts=%d,%d", first, second).isEqualTo(ROWS);
            }
        }
    }

    @Test
    void shouldReadARowOfSeveralMegabytesInSmallPieces() {
        String note = "x".repeat(3_000_000);
        byte[] stream = concat(header(), row(1, note), row(2, "y"), trailer());
        for (int from = 0; from < stream.length; from += 1000) {
            decoder.data(stream, from, Math.min(1000, stream.length - from), handler);
        }
        decoder.end();

        assertThat(handler.calls)
                .containsExactly(
                        "row public.data (id=x'00000001', note='" + note + "')",
                        "row public.data (id=x'00000002', note='y')");
    }

    @Test
    void shouldComplainAtTheEndOfEveryPrefix() {
        byte[] stream = stream();
        for (int length = 0; length < stream.length; length++) {
            CopyBinaryDecoder cut = decoder();
            data(cut, Arrays.copyOf(stream, length));
            assertThatThrownBy(cut::end)
                    .isInstanceOf(MalformedInputException.class)
                    .hasMessageMatching("copy: ended early, rows=\\d left=\\d+ table=public.data");
        }
    }

    @Test
    void shouldReadTheRowsOfATableWithoutColumns() {
        Relation empty = new FakeResolver().resolve(new TableName("public", "empty"), List.of());
        CopyBinaryDecoder rows = new CopyBinaryDecoder(empty, new boolean[0]);
        data(rows, concat(header(), new MessageBuilder().int16(0).int16(0).bytes(), trailer()));
        rows.end();

        assertThat(handler.calls).containsExactly("row public.empty ()", "row public.empty ()");
    }

    @Test
    void shouldPassOverAHeaderExtensionAndTheFlagsThatDoNotMatter() {
        byte[] extended = new MessageBuilder()
                .text("PGCOPY\n")
                .hex("FF")
                .text("\r\n")
                .int8(0)
                .int32(0xFFFF) // the lower flags
                .int32(3)
                .text("ext")
                .bytes();
        data(decoder, concat(extended, row(1, "one"), trailer()));
        decoder.end();

        assertThat(handler.calls).containsExactly(ROWS.get(0));
    }

    @Test
    void shouldSayWhatIsWrong() {
        String signature = "5047434F50590AFF0D0A00";
        String header = signature + "0000000000000000";
        assertMalformed(
                "5047434F50590D FF0D0A00 00000000 00000000",
                "copy: not the signature of COPY binary table=public.data");
        assertMalformed(
                signature + "00010000 00000000",
                "copy: OIDs in the data were not asked for, flags=0x10000 table=public.data");
        assertMalformed(
                signature + "80000000 00000000", "copy: unknown critical flags, flags=0x80000000 table=public.data");
        assertMalformed(
                signature + "00000000 FFFFFFFF",
                "copy: negative length of the header's extension, length=-1 table=public.data");
        assertMalformed(header + "0003", "copy: wrong number of fields, row=0 fields=3 expected=2 table=public.data");
        assertMalformed(header + "FFFE", "copy: wrong number of fields, row=0 fields=-2 expected=2 table=public.data");
        assertMalformed(
                header + "0002 FFFFFFFF FFFFFFFE", "copy: negative length, row=0 column=1 length=-2 table=public.data");
        assertMalformed(header + "FFFF 00", "copy: bytes after the trailer, rows=0 left=1 table=public.data");
    }

    @Test
    void shouldRefuseDataAfterTheTrailerInAMessageOfItsOwn() {
        data(decoder, stream());
        assertThatThrownBy(() -> data(decoder, row(3, "late")))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage("copy: bytes after the trailer, rows=3 left=18 table=public.data");
    }

    private void assertMalformed(String hex, String text) {
        byte[] data = new MessageBuilder().hex(hex.replace(" ", "")).bytes();
        assertThatThrownBy(() -> data(decoder(), data))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage(text);
        assertThatThrownBy(() -> {
                    CopyBinaryDecoder bytewise = decoder();
                    for (int i = 0; i < data.length; i++) {
                        bytewise.data(data, i, 1, handler);
                    }
                })
                .isInstanceOf(MalformedInputException.class)
                .hasMessage(text);
    }

    private void data(CopyBinaryDecoder to, byte[] bytes) {
        to.data(bytes, 0, bytes.length, handler);
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
}
