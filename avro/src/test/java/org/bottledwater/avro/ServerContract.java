package org.bottledwater.avro;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.UnsupportedValueException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * What a message says must equal what the server says, and text and binary form must give the same bytes. The server is
 * the oracle; the sub-classes choose its version.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class ServerContract {
    private static final TypeOptions AS_STRING =
            new TypeOptions(NumericMapping.DECIMAL, Map.of("public.t.v", "string"));

    private final String major;
    private Server server;

    @SuppressWarnings("NullAway.Init") // JUnit calls start() before anything else.
    ServerContract(String major) {
        this.major = major;
    }

    @BeforeAll
    void start() throws SQLException {
        server = new Server(major);
        for (String sql : ServerTypes.SETUP) {
            server.execute(sql);
        }
        for (String extension : ServerTypes.EXTENSIONS) {
            if (server.hasExtension(extension)) {
                server.execute("CREATE EXTENSION " + extension);
            }
        }
    }

    @AfterAll
    void stop() throws SQLException {
        server.close();
    }

    @TestFactory
    Stream<DynamicTest> shouldSayWhatTheServerSays() {
        return ServerTypes.all().stream().map(c -> DynamicTest.dynamicTest(c.type(), () -> check(c)));
    }

    private void check(ServerTypes.Case c) throws SQLException, IOException {
        Assumptions.assumeTrue(server.major() >= c.since(), "the server is older than the type");
        Assumptions.assumeTrue(
                !server.query("SELECT to_regtype('" + c.type().replaceAll("\\[.*|\\(.*", "") + "')")
                        .get(0)
                        .get(0)
                        .equals("null"),
                "the server does not have the type");
        check(c.type(), c.values(server.major()));
    }

    private void check(String type, List<String> values) throws SQLException, IOException {
        server.execute("DROP TABLE IF EXISTS t");
        server.execute("CREATE TABLE t (n serial, v " + type + ")");
        for (int from = 0; from < values.size(); from += 1000) {
            StringBuilder insert = new StringBuilder("INSERT INTO t (v) VALUES ");
            for (String value : values.subList(from, Math.min(values.size(), from + 1000))) {
                insert.append("('").append(value.replace("'", "''")).append("'),");
            }
            server.execute(insert.substring(0, insert.length() - 1));
        }
        Column1 natural = server.column(TypeOptions.DEFAULT);
        List<byte[]> texts = server.text("SELECT v FROM t ORDER BY n");
        assertThat(texts).hasSameSizeAs(values);
        if (!TypeTable.readsBinary(natural.relation().columns().get(0).type()) || !server.sendsBinary()) {
            texts.forEach(text -> readable(natural, encode(natural, ColumnState.TEXT, text)));
            return;
        }
        Column1 string = server.column(AS_STRING);
        List<byte[]> binaries = server.binary("SELECT v FROM t ORDER BY n");
        assertThat(binaries).hasSameSizeAs(values);
        for (int i = 0; i < texts.size(); i++) {
            same(natural, string, texts.get(i), binaries.get(i));
        }
    }

    private static void same(Column1 natural, Column1 string, byte[] text, byte[] binary) {
        String shown = new String(text, StandardCharsets.UTF_8);
        if (natural.relation().columns().get(0).type().oid() != 790) {
            // The text form of money is a matter of the server's locale.
            assertThat(natural.render(binary)).isEqualTo(visible(text));
        }
        String fromText = encode(natural, ColumnState.TEXT, text);
        assertThat(fromText).as(shown).isEqualTo(encode(natural, ColumnState.BINARY, binary));
        readable(natural, fromText);
        assertThat(encode(string, ColumnState.TEXT, text))
                .as(shown)
                .isEqualTo(encode(string, ColumnState.BINARY, binary));
    }

    /** PostgreSQL before 16 prints a "char" beyond ASCII as a byte that is no character. */
    private static String visible(byte[] text) {
        return text.length == 1 && text[0] < 0
                ? String.format(Locale.ROOT, "\\%o", text[0] & 0xFF)
                : new String(text, StandardCharsets.UTF_8);
    }

    /** Avro in hexadecimal and JSON, or why there is none. */
    private static String encode(Column1 column, ColumnState state, byte[] value) {
        try {
            byte[] avro = column.avro(state, value);
            return HexFormat.of().formatHex(avro) + " " + column.json(state, value);
        } catch (UnsupportedValueException e) {
            assertThat(e).hasMessageContaining("--column-type=public.t.v=string");
            return "unsupported";
        }
    }

    private static void readable(Column1 column, String encoded) {
        int space = encoded.indexOf(' ');
        if (space >= 0) {
            column.decode(HexFormat.of().parseHex(encoded.substring(0, space)));
            assertThat(Column1.parse(encoded.substring(space + 1)).has("v")).isTrue();
        }
    }

    @Test
    void shouldAgreeOnRandomValues() throws SQLException, IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        try {
            check("double precision", many(() -> literal(Double.longBitsToDouble(random.nextLong()))));
            check("double precision", many(() -> literal(random.nextInt(1_000_000) / 1000.0)));
            check("real", many(() -> literal(Float.intBitsToFloat(random.nextInt()))));
            check("numeric", many(() -> decimal(random, 60, 40)));
            check("numeric(30,12)", many(() -> decimal(random, 17, 11)));
            check("numeric(9,3)", many(() -> decimal(random, 5, 2)));
            check(
                    "interval",
                    many(() -> random.nextInt(100_000) - 50_000 + " months " + (random.nextInt(1000) - 500) + " days "
                            + BigDecimal.valueOf(random.nextInt() >> random.nextInt(32), random.nextInt(7))
                                    .toPlainString()
                            + " seconds"));
            check(
                    "timestamp",
                    many(() -> String.format(
                            Locale.ROOT,
                            "%04d-%02d-%02d %02d:%02d:%02d.%06d%s",
                            1 + random.nextInt(random.nextBoolean() ? 4000 : 200_000),
                            1 + random.nextInt(12),
                            1 + random.nextInt(28),
                            random.nextInt(24),
                            random.nextInt(60),
                            random.nextInt(60),
                            random.nextInt(1_000_000),
                            "")));
            check("inet", many(() -> address(random)));
        } catch (AssertionError e) {
            throw new AssertionError("seed=" + seed, e);
        }
    }

    private static List<String> many(Supplier<String> one) {
        return Stream.generate(one).limit(2000).toList();
    }

    private static String literal(double value) {
        return Double.toString(value);
    }

    private static String literal(float value) {
        return Float.toString(value);
    }

    private static String decimal(Random random, int whole, int fraction) {
        StringBuilder text = new StringBuilder(random.nextBoolean() ? "-" : "").append(random.nextInt(10));
        random.ints(random.nextInt(whole), 0, 10).forEach(digit -> text.append(random.nextInt(3) == 0 ? 0 : digit));
        text.append('.').append(random.nextInt(10));
        random.ints(random.nextInt(fraction), 0, 10).forEach(digit -> text.append(random.nextInt(3) == 0 ? 0 : digit));
        return text.toString();
    }

    private static String address(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            text.append(i == 0 ? "" : ":");
            text.append(Integer.toHexString(random.nextBoolean() ? 0 : random.nextInt(0x10000)));
        }
        return text.append('/').append(random.nextInt(129)).toString();
    }
}
