package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.ReplicaIdentity;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TestDecodingDecoderTest {
    private static final long LSN = 0x16B3748;

    private final FakeResolver resolver = new FakeResolver();
    private final RecordingHandler handler = new RecordingHandler();
    private final TestDecodingDecoder decoder = new TestDecodingDecoder(resolver);

    static List<String> everyMessage() {
        return List.of(
                "BEGIN 693",
                "COMMIT 693 (at 2017-05-01 12:00:00.123456+00)",
                "table public.data: INSERT: id[integer]:1 data[text]:'it''s' ok[boolean]:true",
                "table \"Odd\".\"ta\"\"ble\": INSERT: \"i:d\"[\"Odd\".\"ty]pe\"[]]:'{1}' b[bit varying]:B'101' n[numeric]:null",
                "table public.data: UPDATE: id[integer]:1 data[text]:unchanged-toast-datum",
                "table public.data: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 data[text]:'x'",
                "table public.data: DELETE: id[integer]:1",
                "table public.data: DELETE: (no-tuple-data)",
                "table public.a, public.b: TRUNCATE: restart_seqs cascade",
                "table public.a: TRUNCATE: (no-flags)",
                "message: transactional: 1 prefix: p, sz: 2 content:hi");
    }

    @Test
    void shouldTellOfATransactionWhoseEndIsWhereTheCommitIsWritten() {
        decode("BEGIN 4294967295");
        decode("COMMIT 4294967295 (at 2017-05-01 12:00:00.123456+00)");

        assertThat(handler.calls).containsExactly("begin 4294967295 ? ?", "commit ? 0/16B3748 1493640000123456");
    }

    @ParameterizedTest
    @CsvSource({
        "1970-01-01 00:00:00+00,0",
        "2000-01-01 00:00:00.5+00,946684800500000",
        "2017-05-01 17:30:00.12+05:30,1493640000120000",
        "2017-05-01 08:00:00-04,1493640000000000",
        "1999-12-31 23:59:59.999999-00:00:01,946684800999999",
        "2024-02-29 00:00:00+00,1709164800000000",
        "10000-01-01 00:00:00+00,253402300800000000"
    })
    void shouldReadTheCommitTime(String text, String micros) {
        decode("COMMIT 1 (at " + text + ")");

        assertThat(handler.calls).containsExactly("commit ? 0/16B3748 " + micros);
    }

    @Test
    void shouldReadInsertsOfEveryKindOfValue() {
        decode("table public.data: INSERT: id[integer]:-1 f[double precision]:1e+20 i[real]:-Infinity n[numeric]:NaN"
                + " b[boolean]:false t[text]:'it''s ''''' e[text]:'' z[text]:null q[text]:'null' v[bit]:B'0101'"
                + " a[integer[]]:'{1,2}' w[timestamp without time zone]:'2017-05-01 12:00:00' m[text]:'two\nlines: x[y]:1'"
                + " u[text]:'žluť'");

        assertThat(handler.calls)
                .containsExactly("insert public.data (id='-1', f='1e+20', i='-Infinity', n='NaN', b='f',"
                        + " t='it's ''', e='', z=NULL, q='null', v='0101', a='{1,2}', w='2017-05-01 12:00:00',"
                        + " m='two\nlines: x[y]:1', u='žluť')");
    }

    @Test
    void shouldUnquoteNamesAndKeepTypesAsPrinted() {
        decode(
                "table \"My.schema\".\"ta\"\"b: le\": INSERT: \"my col\"[character varying]:'x' \"a\"\"]:\"[\"Odd\".\"ty]\"\"pe\"[]]:'y'"
                        + " \"select\"[\"char\"]:'z'");

        assertThat(resolver.asked)
                .containsExactly("resolve My.schema.ta\"b: le"
                        + " [my col:character varying, a\"]::\"Odd\".\"ty]\"\"pe\"[], select:\"char\"]");
        assertThat(handler.calls).containsExactly("insert My.schema.ta\"b: le (my col='x', a\"]:='y', select='z')");
    }

    @Test
    void shouldAskForARelationOnlyWhenItsColumnsChange() {
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a'");
        decode("table public.data: INSERT: id[integer]:2 note[text]:'b'");
        decode("table public.other: INSERT: id[integer]:1");
        decode("table public.data: INSERT: id[integer]:3 note[text]:'c'");
        decode("table public.data: INSERT: id[bigint]:4 note[text]:'d'");
        decode("table public.data: INSERT: id[bigint]:5 note[text]:'e' more[text]:'f'");
        decode("table public.data: INSERT: id[bigint]:6");

        assertThat(resolver.asked)
                .containsExactly(
                        "resolve public.data [id:integer, note:text]",
                        "resolve public.other [id:integer]",
                        "resolve public.data [id:bigint, note:text]",
                        "resolve public.data [id:bigint, note:text, more:text]",
                        "resolve public.data [id:bigint]");
        assertThat(handler.calls).hasSize(7).last().isEqualTo("insert public.data (id='6')");
    }

    @Test
    void shouldKeepQuotedValuesWhenTheColumnsTurnOutToBeOthers() {
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a''b'");
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a''b' new[text]:'''c'''");

        assertThat(handler.calls).last().isEqualTo("insert public.data (id='1', note='a'b', new=''c'')");
    }

    @Test
    void shouldReadUpdatesByWhatIsTold() {
        decode("table public.data: UPDATE: id[integer]:1 note[text]:unchanged-toast-datum");
        decode("table public.data: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 note[text]:'o''k'");

        assertThat(handler.calls)
                .containsExactly(
                        "update public.data ABSENT (id='1', note=UNCHANGED)",
                        "update public.data KEY(id='1', note=NULL) (id='2', note='o'k')");
        assertThat(resolver.asked).hasSize(1);
    }

    @Test
    void shouldReadTheWholeOldRowUnderFullIdentity() {
        resolver.identity = ReplicaIdentity.FULL;
        decode(
                "table public.data: UPDATE: old-key: id[integer]:1 note[text]:'o''ld new-tuple: x' new-tuple: id[integer]:1"
                        + " gap[text]:'g' note[text]:'n''ew'");
        decode("table public.data: UPDATE: old-key: new-tuple: id[integer]:null gap[text]:null note[text]:null");
        decode("table public.data: DELETE: gap[text]:'x'");
        decode("table public.data: DELETE:");

        assertThat(handler.calls)
                .containsExactly(
                        "update public.data FULL(id='1', gap=NULL, note='o'ld new-tuple: x')"
                                + " (id='1', gap='g', note='n'ew')",
                        "update public.data FULL(id=NULL, gap=NULL, note=NULL) (id=NULL, gap=NULL, note=NULL)",
                        "delete public.data FULL(id=NULL, gap='x', note=NULL)",
                        "delete public.data FULL(id=NULL, gap=NULL, note=NULL)");
        assertThat(resolver.asked).hasSize(1);
    }

    @Test
    void shouldReadDeletesOfAKnownTable() {
        decode("table public.data: INSERT: note[text]:'a' id[text]:'b'");
        decode("table public.data: DELETE: id[text]:'it''s'");

        assertThat(handler.calls).last().isEqualTo("delete public.data KEY(note=NULL, id='it's')");
        assertThat(resolver.asked).hasSize(1);
    }

    @Test
    void shouldAskTheCatalogForATableFirstMetInADelete() {
        resolver.has("public", "data", "note", "id");
        decode("table public.data: DELETE: id[integer]:1");
        decode("table public.data: DELETE: id[integer]:2");
        decode("table public.data: INSERT: note[text]:'n' id[integer]:3");
        decode("table public.data: DELETE: id[integer]:3");

        assertThat(handler.calls)
                .containsExactly(
                        "delete public.data KEY(note=NULL, id='1')",
                        "delete public.data KEY(note=NULL, id='2')",
                        "insert public.data (note='n', id='3')",
                        "delete public.data KEY(note=NULL, id='3')");
        assertThat(resolver.asked)
                .containsExactly("current public.data", "resolve public.data [note:text, id:integer]");
    }

    @Test
    void shouldStillTellTheKeyOfATableThatTheCatalogNoLongerHas() {
        decode("table public.gone: DELETE: id[integer]:1");
        decode("table public.gone: DELETE: id[integer]:2");

        assertThat(handler.calls).containsExactly("delete public.gone KEY(id='1')", "delete public.gone KEY(id='2')");
        assertThat(resolver.asked).containsExactly("current public.gone", "resolve public.gone [id:integer]");
    }

    @Test
    void shouldTellOfADeleteThatTellsNothing() {
        resolver.key = List.of();
        resolver.has("public", "data", "note");
        decode("table public.data: DELETE: (no-tuple-data)");
        decode("table public.data: DELETE: (no-tuple-data)");

        assertThat(handler.calls).containsExactly("delete public.data ABSENT", "delete public.data ABSENT");
        assertThat(resolver.asked).containsExactly("current public.data");
    }

    @Test
    void shouldAskAgainWhenTheIdentityMustHaveChanged() {
        decode("BEGIN 1");
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a'");
        resolver.identity = ReplicaIdentity.FULL;
        decode(
                "table public.data: UPDATE: old-key: id[integer]:1 note[text]:'a' new-tuple: id[integer]:1 note[text]:'b'");
        resolver.identity = ReplicaIdentity.DEFAULT;
        decode("BEGIN 2");
        decode("table public.data: UPDATE: id[integer]:1 note[text]:'c'");
        resolver.key = List.of("note");
        decode("BEGIN 3");
        decode("table public.data: DELETE: note[text]:'it''s'");

        assertThat(handler.calls.stream().filter(call -> !call.startsWith("begin")))
                .containsExactly(
                        "insert public.data (id='1', note='a')",
                        "update public.data FULL(id='1', note='a') (id='1', note='b')",
                        "update public.data ABSENT (id='1', note='c')",
                        "delete public.data KEY(id=NULL, note='it's')");
        assertThat(resolver.asked).hasSize(4).containsOnly("resolve public.data [id:integer, note:text]");
    }

    @Test
    void shouldAskOncePerTransactionWhenTheAnswerDoesNotHelp() {
        decode("BEGIN 1");
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a'");
        for (int i = 0; i < 10; i++) {
            decode("table public.data: DELETE: id[integer]:1 note[text]:'a'");
        }
        decode("BEGIN 2");
        decode("table public.data: DELETE: id[integer]:1 note[text]:'a'");

        assertThat(resolver.asked).hasSize(3);
        assertThat(handler.calls).last().isEqualTo("delete public.data KEY(id='1', note='a')");
    }

    @Test
    void shouldNotTakeAnAbsentValueForANullOneWhenToastWasLeftOut() {
        resolver.identity = ReplicaIdentity.FULL;
        decode("table public.data: INSERT: id[integer]:1 note[text]:'a'");
        decode(
                "table public.data: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:2 note[text]:unchanged-toast-datum");

        assertThat(handler.calls)
                .last()
                .isEqualTo("update public.data KEY(id='1', note=NULL) (id='2', note=UNCHANGED)");
    }

    @Test
    void shouldLeaveOutTheSystemColumnOfATableWithOids() {
        resolver.has("public", "data", "id");
        decode("table public.data: INSERT: oid[oid]:16400 id[integer]:1");
        decode(
                "table public.data: UPDATE: old-key: oid[oid]:16400 id[integer]:1 new-tuple: oid[oid]:16400 id[integer]:2");
        decode("table public.data: DELETE: oid[oid]:16400 id[integer]:2");

        assertThat(handler.calls)
                .containsExactly(
                        "insert public.data (id='1')",
                        "update public.data KEY(id='1') (id='2')",
                        "delete public.data KEY(id='2')");
        assertThat(resolver.asked).containsExactly("current public.data", "resolve public.data [id:integer]");
    }

    @Test
    void shouldLeaveOutGeneratedColumns() {
        resolver.generated.add("twice");
        decode("table public.data: INSERT: id[integer]:1 twice[integer]:2 note[text]:'it''s'");
        decode("table public.data: INSERT: id[integer]:2 twice[integer]:null note[text]:null");
        decode("table public.data: UPDATE: id[integer]:1 twice[integer]:unchanged-toast-datum note[text]:'a'");
        decode(
                "table public.data: UPDATE: old-key: id[integer]:1 new-tuple: id[integer]:3 twice[integer]:6 note[text]:''");
        decode("table public.data: DELETE: id[integer]:3");

        assertThat(handler.calls)
                .containsExactly(
                        "insert public.data (id='1', note='it's')",
                        "insert public.data (id='2', note=NULL)",
                        "update public.data ABSENT (id='1', note='a')",
                        "update public.data KEY(id='1', note=NULL) (id='3', note='')",
                        "delete public.data KEY(id='3', note=NULL)");
        assertThat(resolver.asked).containsExactly("resolve public.data [id:integer, twice:integer, note:text]");
    }

    @Test
    void shouldLeaveOutGeneratedColumnsOfWholeOldRows() {
        resolver.generated.add("twice");
        resolver.identity = ReplicaIdentity.FULL;
        resolver.has("public", "data", "id", "twice", "note");
        decode("table public.data: DELETE: id[integer]:1 twice[integer]:2 note[text]:'it''s'");
        decode("table public.data: DELETE: id[integer]:1 twice[integer]:2");
        decode("table public.data: DELETE: twice[integer]:2 note[text]:'a'");
        assertThat(resolver.asked).containsExactly("current public.data");
        decode("table public.data: UPDATE: old-key: id[integer]:1 twice[integer]:2 note[text]:'a'"
                + " new-tuple: id[integer]:1 twice[integer]:2 note[text]:unchanged-toast-datum");
        decode("table public.data: UPDATE: old-key: id[integer]:1 note[text]:'a'"
                + " new-tuple: id[integer]:2 twice[integer]:4 note[text]:'b'");

        assertThat(handler.calls)
                .containsExactly(
                        "delete public.data FULL(id='1', note='it's')",
                        "delete public.data FULL(id='1', note=NULL)",
                        "delete public.data FULL(id=NULL, note='a')",
                        "update public.data FULL(id='1', note='a') (id='1', note=UNCHANGED)",
                        "update public.data FULL(id='1', note='a') (id='2', note='b')");
    }

    @Test
    void shouldReadAnUpdateAgainWhenItsColumnsAreNoLongerGenerated() {
        resolver.generated.add("twice");
        decode("BEGIN 1");
        decode("table public.data: INSERT: id[integer]:1 twice[integer]:2 note[text]:'a'");
        resolver.generated.clear();
        resolver.identity = ReplicaIdentity.FULL;
        decode("table public.data: UPDATE: old-key: id[integer]:1 twice[integer]:2 note[text]:'a''b'"
                + " new-tuple: id[integer]:1 twice[integer]:3 note[text]:'b''c'");

        assertThat(handler.calls)
                .last()
                .isEqualTo("update public.data FULL(id='1', twice='2', note='a'b') (id='1', twice='3', note='b'c')");
    }

    @Test
    void shouldReadAnUpdateAgainWhenTheCatalogHasOtherColumnsByNow() {
        resolver.identity = ReplicaIdentity.FULL;
        resolver.has("public", "data", "id");
        decode("BEGIN 1");
        decode("table public.data: DELETE: id[integer]:1");
        resolver.identity = ReplicaIdentity.DEFAULT;
        resolver.has("public", "data", "id", "later");
        decode("BEGIN 2");
        decode("table public.data: UPDATE: id[integer]:2");

        assertThat(handler.calls).last().isEqualTo("update public.data ABSENT (id='2')");
    }

    @Test
    void shouldPassOverTheCopyThatARewriteOfATableMakes() {
        resolver.has("public", "pg_temp_2", "id");
        decode("table public.pg_temp_16386: INSERT: id[integer]:1");
        decode("table public.pg_temp_16386: INSERT: id[integer]:2");
        decode("table public.pg_temp_2: INSERT: id[integer]:3");

        assertThat(handler.calls).containsExactly("insert public.pg_temp_2 (id='3')");
        assertThat(resolver.asked)
                .containsExactly(
                        "current public.pg_temp_16386",
                        "current public.pg_temp_2",
                        "resolve public.pg_temp_2 [id:integer]");
    }

    @Test
    void shouldKeepAColumnThatIsCalledOid() {
        resolver.has("public", "data", "oid", "id");
        decode("table public.data: INSERT: oid[oid]:16400 id[integer]:1");

        assertThat(handler.calls).containsExactly("insert public.data (oid='16400', id='1')");
    }

    @Test
    void shouldReadRowsOfATableWithoutColumns() {
        decode("table public.empty: INSERT:");
        decode("table public.empty: INSERT:");

        assertThat(handler.calls).containsExactly("insert public.empty ()", "insert public.empty ()");
        assertThat(resolver.asked).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({
        "(no-flags),''",
        "restart_seqs,' restart'",
        "cascade,' cascade'",
        "restart_seqs cascade,' cascade restart'"
    })
    void shouldTellOfTruncate(String flags, String told) {
        resolver.has("public", "a", "id");
        decode("table public.a, \"B, c: \".\"D\": TRUNCATE: " + flags);

        assertThat(handler.calls).containsExactly("truncate [public.a, B, c: .D]" + told);
    }

    @Test
    void shouldKeepManyTablesApart() {
        for (int i = 0; i < 1000; i++) {
            decode("table s.t" + i + ": INSERT: id[integer]:1");
        }
        for (int i = 0; i < 1000; i++) {
            decode("table s.t" + i + ": INSERT: id[integer]:2");
            assertThat(handler.calls).last().isEqualTo("insert s.t" + i + " (id='2')");
        }
        assertThat(resolver.asked).hasSize(1000);
    }

    @Test
    void shouldHandOnLogicalMessages() {
        decode("message: transactional: 1 prefix: p, sz: 2 content:hi");
        decode("message: transactional: 0 prefix: a, sz: 3 content:b, sz: 4 content:, sz");

        assertThat(handler.calls)
                .containsExactly("message transactional 0/16B3748 p hi", "message 0/16B3748 a, sz: 3 content:b , sz");
    }

    /** Text has no lengths, so a prefix may be a message of its own; nothing but a clean failure may come otherwise. */
    @ParameterizedTest
    @MethodSource("everyMessage")
    void shouldFailCleanlyOnEveryPrefixThatIsNoMessage(String message) {
        byte[] bytes = message.getBytes(UTF_8);
        for (int length = 0; length < bytes.length; length++) {
            byte[] prefix = Arrays.copyOf(bytes, length);
            try {
                decoder.decode(prefix, 0, prefix.length, LSN, handler);
            } catch (MalformedInputException e) {
                assertThat(e).hasMessageContaining("lsn=0/16B3748");
            }
        }
        int before = handler.calls.size();
        decode(message);
        assertThat(handler.calls.size() - before).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COMMIT PREPARED 'gid', txid 693",
                "ROLLBACK PREPARED 'gid', txid 693",
                "PREPARE TRANSACTION 'gid', txid 693",
                "preparing streamed transaction TXN 'gid', txid 693",
                "opening a streamed block for transaction TXN 693",
                "closing a streamed block for transaction TXN 693",
                "committing streamed transaction TXN 693",
                "aborting streamed (sub)transaction TXN 693",
                "streaming change for TXN 693",
                "streaming truncate for TXN 693",
            })
    void shouldNameWhatItDidNotAskFor(String message) {
        assertMalformed(message, "message: streaming and two-phase commit were not asked for, offset=0");
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertMalformed("", "message: unknown type, offset=0");
        assertMalformed("BEGIN", "message: unknown type, offset=0");
        assertMalformed("BEGIN x", "begin: expected a number, offset=6");
        assertMalformed("BEGIN 4294967296", "begin: transaction id out of range, xid=4294967296, offset=16");
        assertMalformed("BEGIN 12345678901", "begin: number too long, offset=16");
        assertMalformed("BEGIN 1 ", "begin: text left over, offset=7");
        assertMalformed("COMMIT 1", "commit: expected ' (at ', offset=8");
        assertMalformed(
                "COMMIT 1 (at 2017-02-30 00:00:00+00)", "commit: no such date, year=2017 month=2 day=30, offset=35");
        assertMalformed("COMMIT 1 (at 2017-02-01 00:00:00)", "commit: expected an offset from UTC, offset=32");
        assertMalformed("COMMIT 1 (at 2017-02-01 25:00:00+00)", "commit: no such hour, hour=25, offset=26");
        assertMalformed("table data: INSERT: id[integer]:1", "table: expected '.', offset=10");
        assertMalformed("table a.b: MERGE: id[integer]:1", "table: unknown change, offset=11");
        assertMalformed("table a.b: INSERT: (no-tuple-data)", "insert: expected an identifier, offset=19");
        assertMalformed("table a.b: INSERT: id[integer:1", "insert: type has no end, offset=31");
        assertMalformed("table a.b: INSERT: id[]:1", "insert: expected a type, offset=22");
        assertMalformed("table a.b: INSERT: id[text]:'x", "insert: quote has no end, offset=28");
        assertMalformed("table a.b: INSERT: id[text]:'x'y", "insert: value has no end, offset=31");
        assertMalformed("table a.b: INSERT: id[integer]:", "insert: expected a value, offset=31");
        assertMalformed("table a.b: INSERT: id[bit]:Babc", "insert: expected a quote, offset=28");
        assertMalformed("table a.b: INSERT: \"id[integer]:1", "insert: quote has no end, offset=19");
        assertMalformed("table a.b: UPDATE: old-key: id[integer]:1", "update: expected ' new-tuple:', offset=41");
        assertMalformed("table a.b: DELETE: (no-tuple-data) ", "delete: text left over, offset=34");
        assertMalformed("table a.b: DELETE: new-tuple: id[integer]:1", "delete: expected '[', offset=22");
        assertMalformed("table a.b, c.d: INSERT: id[integer]:1", "truncate: expected 'TRUNCATE:', offset=16");
        assertMalformed("table a.b: TRUNCATE:", "truncate: expected ' (no-flags)', offset=20");
    }

    private void assertMalformed(String message, String text) {
        assertThatThrownBy(() -> decode(message))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage(text + " lsn=0/16B3748");
    }

    private void decode(String message) {
        byte[] bytes = message.getBytes(UTF_8);
        decoder.decode(bytes, 0, bytes.length, LSN, handler);
    }
}
