package org.bottledwater.postgres.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.bottledwater.change.MalformedInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class PgOutputDecoderTest {
    private static final long LSN = 0x16B3748;

    private final FakeResolver resolver = new FakeResolver();
    private final RecordingHandler handler = new RecordingHandler();
    private final PgOutputDecoder decoder = new PgOutputDecoder(resolver);

    static byte[] begin() {
        return new MessageBuilder()
                .int8('B')
                .int64(0x1_0000_0010L) // position of the commit record
                .int64(1_000_001) // commit time
                .int32(0xFFFF_FFFE) // transaction id
                .bytes();
    }

    static byte[] commit() {
        return new MessageBuilder()
                .int8('C')
                .int8(0) // flags
                .int64(0x1_0000_0010L) // position of the commit record
                .int64(0x1_0000_0040L) // position of its end
                .int64(-1) // commit time, just before 2000
                .bytes();
    }

    static byte[] relation() {
        return new MessageBuilder()
                .int8('R')
                .int32(16385) // OID
                .string("public") // namespace
                .string("dâta") // name
                .int8('d') // replica identity
                .int16(2) // number of columns
                .int8(1) // flags: part of the key
                .string("id")
                .int32(23) // type
                .int32(-1) // type modifier
                .int8(0)
                .string("note")
                .int32(1043)
                .int32(14)
                .bytes();
    }

    static byte[] insert() {
        return new MessageBuilder()
                .int8('I')
                .int32(16385) // OID
                .int8('N') // the new row
                .int16(2) // number of columns
                .int8('b') // binary
                .int32(4)
                .int32(7)
                .int8('t') // text
                .int32(3) // in bytes
                .text("né")
                .bytes();
    }

    static byte[] update() {
        return new MessageBuilder()
                .int8('U')
                .int32(16385)
                .int8('N')
                .int16(2)
                .int8('t')
                .int32(1)
                .text("7")
                .int8('u') // unchanged TOAST
                .bytes();
    }

    static byte[] updateOfKey() {
        return new MessageBuilder()
                .int8('U')
                .int32(16385)
                .int8('K') // old key
                .int16(2)
                .int8('t')
                .int32(1)
                .text("7")
                .int8('n') // not in the key
                .int8('N')
                .int16(2)
                .int8('t')
                .int32(1)
                .text("8")
                .int8('t')
                .int32(0) // the empty string
                .bytes();
    }

    static byte[] updateOfWholeRow() {
        return new MessageBuilder()
                .int8('U')
                .int32(16385)
                .int8('O') // old row
                .int16(2)
                .int8('n')
                .int8('t')
                .int32(1)
                .text("x")
                .int8('N')
                .int16(2)
                .int8('n')
                .int8('n')
                .bytes();
    }

    static byte[] delete(char part) {
        return new MessageBuilder()
                .int8('D')
                .int32(16385)
                .int8(part)
                .int16(2)
                .int8('t')
                .int32(1)
                .text("7")
                .int8('n')
                .bytes();
    }

    static byte[] truncate(int options) {
        return new MessageBuilder()
                .int8('T')
                .int32(1) // number of relations
                .int8(options)
                .int32(16385)
                .bytes();
    }

    static byte[] type() {
        return new MessageBuilder()
                .int8('Y')
                .int32(16400)
                .string("public")
                .string("mood")
                .bytes();
    }

    static byte[] origin() {
        return new MessageBuilder().int8('O').int64(16).string("elsewhere").bytes();
    }

    static byte[] message() {
        return new MessageBuilder()
                .int8('M')
                .int8(1) // transactional
                .int64(16)
                .string("prefix")
                .int32(2)
                .text("hi")
                .bytes();
    }

    static List<byte[]> everyMessage() {
        return List.of(
                begin(),
                commit(),
                relation(),
                insert(),
                update(),
                updateOfKey(),
                updateOfWholeRow(),
                delete('K'),
                delete('O'),
                truncate(3),
                type(),
                origin(),
                message());
    }

    @Test
    void shouldTellOfATransactionInUnixMicrosecondsAndLogPositions() {
        decode(begin());
        decode(commit());

        assertThat(handler.calls)
                .containsExactly("begin 4294967294 1/10 946684801000001", "commit 1/10 1/40 946684799999999");
    }

    @Test
    void shouldAskForARelationOnceWithTheColumnsOfTheLog() {
        decode(relation());
        decode(insert());
        decode(insert());

        assertThat(resolver.asked)
                .containsExactly("resolve 16385 public.dâta DEFAULT"
                        + " [WireColumn[name=id, key=true, typeOid=23, typeModifier=-1],"
                        + " WireColumn[name=note, key=false, typeOid=1043, typeModifier=14]]");
    }

    @Test
    void shouldReplaceARelationThatIsSentAgain() {
        decode(relation());
        decode(new MessageBuilder()
                .int8('R')
                .int32(16385)
                .string("") // pg_catalog
                .string("renamed")
                .int8('f')
                .int16(0)
                .bytes());
        decode(new MessageBuilder().int8('I').int32(16385).int8('N').int16(0).bytes());

        assertThat(handler.calls).containsExactly("insert pg_catalog.renamed ()");
    }

    @Test
    void shouldKeepManyRelationsApart() {
        for (int oid = 1; oid <= 5000; oid++) {
            decode(new MessageBuilder()
                    .int8('R')
                    .int32(oid * 7)
                    .string("s")
                    .string("t" + oid)
                    .int8('n')
                    .int16(0)
                    .bytes());
        }
        for (int oid = 1; oid <= 5000; oid++) {
            decode(new MessageBuilder()
                    .int8('I')
                    .int32(oid * 7)
                    .int8('N')
                    .int16(0)
                    .bytes());
            assertThat(handler.calls.get(oid - 1)).isEqualTo("insert s.t" + oid + " ()");
        }
    }

    @Test
    void shouldReadRowsByReplicaIdentity() {
        decode(relation());
        decode(insert());
        decode(update());
        decode(updateOfKey());
        decode(updateOfWholeRow());
        decode(delete('K'));
        decode(delete('O'));

        assertThat(handler.calls)
                .containsExactly(
                        "insert public.dâta (id=x'00000007', note='né')",
                        "update public.dâta ABSENT (id='7', note=UNCHANGED)",
                        "update public.dâta KEY(id='7', note=NULL) (id='8', note='')",
                        "update public.dâta FULL(id=NULL, note='x') (id=NULL, note=NULL)",
                        "delete public.dâta KEY(id='7', note=NULL)",
                        "delete public.dâta FULL(id='7', note=NULL)");
    }

    @ParameterizedTest
    @CsvSource({"0,''", "1,' cascade'", "2,' restart'", "3,' cascade restart'"})
    void shouldTellOfTruncate(int options, String flags) {
        decode(relation());
        decode(truncate(options));

        assertThat(handler.calls).containsExactly("truncate [public.dâta]" + flags);
    }

    @Test
    void shouldPassOverTypesAndOrigins() {
        decode(type());
        decode(origin());

        assertThat(handler.calls).isEmpty();
    }

    @Test
    void shouldHandOnLogicalMessages() {
        decode(message());

        assertThat(handler.calls).containsExactly("message transactional 0/10 prefix hi");
    }

    @ParameterizedTest
    @MethodSource("everyMessage")
    void shouldFailCleanlyOnEveryPrefix(byte[] message) {
        decode(relation());
        for (int length = 0; length < message.length; length++) {
            // An array of the exact length: a read beyond the message would be an exception of another kind.
            byte[] prefix = Arrays.copyOf(message, length);
            assertThatThrownBy(() -> decode(prefix))
                    .isInstanceOf(MalformedInputException.class)
                    .hasMessageContaining("lsn=0/16B3748");
        }
        assertThat(handler.calls).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyMessage")
    void shouldRefuseBytesLeftOver(byte[] message) {
        decode(relation());
        assertThatThrownBy(() -> decode(Arrays.copyOf(message, message.length + 1)))
                .isInstanceOf(MalformedInputException.class)
                .hasMessageContaining(": bytes left over, offset=" + message.length + " left=1 lsn=0/16B3748");
        assertThat(handler.calls).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("everyMessage")
    void shouldReadAMessageAnywhereInABuffer(byte[] message) {
        decode(relation());
        decode(message);
        byte[] padded = new byte[message.length + 20];
        Arrays.fill(padded, (byte) 'Z');
        System.arraycopy(message, 0, padded, 9, message.length);
        decoder.decode(padded, 9, message.length, LSN, handler);

        assertThat(handler.calls.size() % 2).isZero();
        if (!handler.calls.isEmpty()) {
            assertThat(handler.calls.get(1)).isEqualTo(handler.calls.get(0));
        }
    }

    @Test
    void shouldSayWhatIsWrong() {
        assertMalformed("", "message: message ends early, needed=1 left=0 offset=0");
        assertMalformed("58", "message: unknown type, type='X'");
        assertMalformed("00", "message: unknown type, type=0x00");
        assertMalformed("FF", "message: unknown type, type=0xFF");
        assertMalformed("49 00004002 4E", "insert: unknown relation, relationId=16386");
        assertMalformed("49 FFFFFFFF 4E", "insert: unknown relation, relationId=4294967295");
        assertMalformed("49 00000000 4E", "insert: unknown relation, relationId=0");
        assertMalformed("49 00004001 4B", "insert: unknown part, table=public.dâta part='K'");
        assertMalformed("44 00004001 4E", "delete: unknown part, table=public.dâta part='N'");
        assertMalformed("55 00004001 00", "update: unknown part, table=public.dâta part=0x00");
        assertMalformed(
                "49 00004001 4E 0003", "insert: wrong number of columns, table=public.dâta columns=3 expected=2");
        assertMalformed(
                "49 00004001 4E FFFF", "insert: wrong number of columns, table=public.dâta columns=-1 expected=2");
        assertMalformed("49 00004001 4E 0002 7A", "insert: unknown kind of value, table=public.dâta column=0 kind='z'");
        assertMalformed("49 00004001 4E 0002 74 FFFFFFFF", "insert: negative length, length=-1 offset=13");
        assertMalformed(
                "49 00004001 4E 0002 74 7FFFFFFF 31", "insert: message ends early, needed=2147483647 left=1 offset=13");
        assertMalformed("43 01", "commit: unknown flags, flags=1");
        assertMalformed("54 FFFFFFFF 00", "truncate: negative number of relations, relations=-1");
        assertMalformed("54 00000001 04", "truncate: unknown options, options=4");
        assertMalformed("52 00000000", "relation: invalid relation, relationId=0");
        assertMalformed("52 00004001 7075", "relation: string has no end, offset=5");
        assertMalformed("52 00004001 7000 7000 78", "relation: unknown replica identity, code='x'");
        assertMalformed("52 00004001 7000 7000 64 FFFF", "relation: negative number of columns, table=p.p columns=-1");
        assertMalformed(
                "52 00004001 7000 7000 64 0001 02", "relation: unknown column flags, table=p.p column=0 flags=2");
        assertMalformed("4D 02", "logical message: unknown flags, flags=2");
    }

    @ParameterizedTest
    @CsvSource({
        "S,stream start",
        "E,stream stop",
        "c,stream commit",
        "A,stream abort",
        "p,stream prepare",
        "b,begin prepare",
        "P,prepare",
        "K,commit prepared",
        "r,rollback prepared"
    })
    void shouldNameTheMessagesItDidNotAskFor(char type, String name) {
        assertThatThrownBy(() -> decode(new byte[] {(byte) type, 0, 0, 0, 1}))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage(name + ": not asked for, type='" + type + "' lsn=0/16B3748");
    }

    private void assertMalformed(String hex, String text) {
        decode(relation());
        byte[] message = new MessageBuilder().hex(hex.replace(" ", "")).bytes();
        assertThatThrownBy(() -> decode(message))
                .isInstanceOf(MalformedInputException.class)
                .hasMessage(text + " lsn=0/16B3748");
    }

    private void decode(byte[] message) {
        decoder.decode(message, 0, message.length, LSN, handler);
    }
}
