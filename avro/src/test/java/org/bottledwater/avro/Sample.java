package org.bottledwater.avro;

import static org.bottledwater.avro.Bytes.bytes;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.change.Type;

/**
 * A value in both its forms, and what must become of it.
 *
 * @param avro as Avro's generic reader prints it
 */
record Sample(Type type, int typeModifier, int dimensions, Bytes binary, String text, String avro, String json) {
    static final Type INT4 = base(23, "int4");
    static final Type TEXT = base(25, "text");
    static final Type NUMERIC = base(1700, "numeric");

    static Type base(int oid, String name) {
        return new Type.Base(oid, "pg_catalog", name);
    }

    static Type extension(String name) {
        return new Type.Base(99_001, "public", name);
    }

    static Type array(Type element) {
        return new Type.Array(99_002, "pg_catalog", "_" + element.name(), element, ',');
    }

    /** {@code numeric(precision,scale)}. */
    static int numericModifier(int precision, int scale) {
        return ((precision << 16) | (scale & 0x7FF)) + 4;
    }

    @Override
    public String toString() {
        return type.name() + " " + text;
    }

    private static Sample of(Type type, Bytes binary, String text, String avro, String json) {
        return new Sample(type, -1, 0, binary, text, avro, json);
    }

    /** For what is the same string everywhere. */
    private static Sample string(int oid, String name, Bytes binary, String text) {
        return of(base(oid, name), binary, text, text, "\"" + text + "\"");
    }

    static List<Sample> all() {
        List<Sample> all = new ArrayList<>(numbers());
        all.addAll(texts());
        all.addAll(dateTimes());
        all.addAll(strings());
        all.addAll(geometry());
        all.addAll(containers());
        all.addAll(extensions());
        return all;
    }

    static List<Sample> numbers() {
        Type xid8 = base(5069, "xid8");
        Type real = base(700, "float4");
        Type twice = base(701, "float8");
        Type money = base(790, "money");
        return List.of(
                of(base(16, "bool"), bytes().i1(1), "t", "true", "true"),
                of(base(21, "int2"), bytes().i2(-32768), "-32768", "-32768", "-32768"),
                of(INT4, bytes().i4(Integer.MAX_VALUE), "2147483647", "2147483647", "2147483647"),
                of(
                        base(20, "int8"),
                        bytes().i8(Long.MIN_VALUE),
                        "-9223372036854775808",
                        "-9223372036854775808",
                        "-9223372036854775808"),
                of(base(26, "oid"), bytes().i4(-1), "4294967295", "4294967295", "4294967295"),
                of(
                        xid8,
                        bytes().i8(Long.MAX_VALUE),
                        "9223372036854775807",
                        "9223372036854775807",
                        "9223372036854775807"),
                of(real, bytes().f4(1e20f), "1e+20", "1.0E20", "1e+20"),
                of(real, bytes().f4(Float.NaN), "NaN", "NaN", "\"NaN\""),
                of(twice, bytes().f8(-0.0), "-0", "-0.0", "-0"),
                of(twice, bytes().f8(Double.MIN_VALUE), "5e-324", "4.9E-324", "5e-324"),
                of(
                        twice,
                        bytes().f8(9.999999999999999e22),
                        "9.999999999999999e+22",
                        "9.999999999999999E22",
                        "9.999999999999999e+22"),
                of(twice, bytes().f8(Double.NEGATIVE_INFINITY), "-Infinity", "-Infinity", "\"-Infinity\""),
                of(NUMERIC, bytes().i2(2, 0, 0, 2, 1, 1000), "1.10", "1.10", "1.10"),
                of(NUMERIC, bytes().i2(0, 0, 0xC000, 0), "NaN", "NaN", "\"NaN\""),
                of(NUMERIC, bytes().i2(1, -2, 0x4000, 8, 5), "-0.00000005", "-0.00000005", "-0.00000005"),
                // 1.10 at scale 2 is 110, one byte; 0x6E is n.
                decimal(4, 2, bytes().i2(2, 0, 0, 2, 1, 1000), "1.10", "6e"),
                decimal(4, 2, bytes().i2(2, 0, 0x4000, 2, 99, 9900), "-99.99", "d8f1"),
                decimal(
                        20,
                        0,
                        bytes().i2(5, 4, 0, 0, 9999, 9999, 9999, 9999, 9999),
                        "99999999999999999999",
                        "056bc75e2d630fffff"),
                decimal(
                        19,
                        1,
                        bytes().i2(6, 4, 0, 1, 92, 2337, 2036, 8547, 7580, 7000),
                        "922337203685477580.7",
                        "7fffffffffffffff"),
                of(money, bytes().i8(-123456), "-$1,234.56", "fe1dc0", "-1234.56"));
    }

    private static Sample decimal(int precision, int scale, Bytes binary, String text, String hex) {
        return new Sample(NUMERIC, numericModifier(precision, scale), 0, binary, text, hex, text);
    }

    static List<Sample> texts() {
        return List.of(
                of(
                        TEXT,
                        bytes().s("a\"b\\\n\u0001Ü"),
                        "a\"b\\\n\u0001Ü",
                        "a\"b\\\n\u0001Ü",
                        "\"a\\\"b\\\\\\n\\u0001Ü\""),
                of(base(18, "char"), bytes().i1(0xC3), "\\303", "\\303", "\"\\\\303\""),
                of(base(114, "json"), bytes().s("{\"a\": 1 }"), "{\"a\": 1 }", "{\"a\": 1 }", "{\"a\": 1 }"),
                of(base(3802, "jsonb"), bytes().i1(1).s("[1, null]"), "[1, null]", "[1, null]", "[1, null]"),
                of(base(17, "bytea"), bytes().hex("00ff"), "\\x00ff", "00ff", "\"AP8=\""),
                string(
                        2950,
                        "uuid",
                        bytes().hex("a0eebc999c0b4ef8bb6d6bb9bd380a11"),
                        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
                of(
                        new Type.Enumerated(99_003, "public", "mood", List.of("so so")),
                        bytes().s("so so"),
                        "so so",
                        "so so",
                        "\"so so\""));
    }

    static List<Sample> dateTimes() {
        Type date = base(1082, "date");
        Type stamp = base(1114, "timestamp");
        Type zoned = base(1184, "timestamptz");
        return List.of(
                of(date, bytes().i4(0), "2000-01-01", "10957", "\"2000-01-01\""),
                of(date, bytes().i4(-746_117), "0044-03-15 BC", "-735160", "\"-0043-03-15\""),
                of(date, bytes().i4(Integer.MAX_VALUE), "infinity", "2147483647", "\"infinity\""),
                of(date, bytes().i4(2_145_031_948), "5874897-12-31", "2145042905", "\"+5874897-12-31\""),
                of(base(1083, "time"), bytes().i8(86_400_000_000L), "24:00:00", "86400000000", "\"24:00:00\""),
                string(1266, "timetz", bytes().i8(14_706_789_000L).i4(-19_800), "04:05:06.789+05:30"),
                of(
                        stamp,
                        bytes().i8(-1),
                        "1999-12-31 23:59:59.999999",
                        "946684799999999",
                        "\"1999-12-31T23:59:59.999999\""),
                of(stamp, bytes().i8(Long.MIN_VALUE), "-infinity", "-9223372036854775808", "\"-infinity\""),
                of(
                        zoned,
                        bytes().i8(500_000),
                        "2000-01-01 02:00:00.5+02",
                        "946684800500000",
                        "\"2000-01-01T00:00:00.5Z\""),
                string(1186, "interval", bytes().i8(14_706_789_000L).i4(3, 14), "P1Y2M3DT4H5M6.789S"),
                string(1186, "interval", bytes().i8(-500_000).i4(-1, 1), "P1M-1DT-0.5S"),
                string(1186, "interval", bytes().i8(0).i4(0, 0), "PT0S"),
                string(
                        1186,
                        "interval",
                        bytes().i8(Long.MAX_VALUE).i4(Integer.MAX_VALUE, Integer.MAX_VALUE),
                        "infinity"));
    }

    static List<Sample> strings() {
        return List.of(
                string(1560, "bit", bytes().i4(3).hex("a0"), "101"),
                string(869, "inet", bytes().hex("02 18 00 04 c0a80001"), "192.168.0.1/24"),
                string(869, "inet", bytes().hex("03 80 00 10 00000000000000000000ffff01020304"), "::ffff:1.2.3.4"),
                string(650, "cidr", bytes().hex("03 20 01 10 20010db8000000000000000000000000"), "2001:db8::/32"),
                string(829, "macaddr", bytes().hex("08002b010203"), "08:00:2b:01:02:03"),
                string(3220, "pg_lsn", bytes().hex("00000016b374d848"), "16/B374D848"),
                string(27, "tid", bytes().i4(-1).i2(1), "(4294967295,1)"),
                string(2970, "txid_snapshot", bytes().i4(2).i8(10, 20, 10, 14), "10:20:10,14"),
                string(
                        3614,
                        "tsvector",
                        bytes().i4(2).s("a").i1(0).i2(2, 0xC001, 5).s("it's").hex("00 0000"),
                        "'a':1A,5 'it''s'"),
                string(
                        3615,
                        "tsquery",
                        bytes().i4(5).hex("0202 0101 00 6300 0203 0100 00 6200 0100 01 6100"),
                        "( 'a':* | 'b' ) & 'c':D"),
                string(4072, "jsonpath", bytes().i1(1).s("$"), "$"));
    }

    static List<Sample> geometry() {
        String point = "{\"x\": 1.0, \"y\": 2.5}";
        Type path = base(602, "path");
        return List.of(
                of(base(600, "point"), bytes().f8(1, 2.5), "(1,2.5)", point, "{\"x\":1,\"y\":2.5}"),
                of(
                        base(601, "lseg"),
                        bytes().f8(1, 2.5, 1, 2.5),
                        "[(1,2.5),(1,2.5)]",
                        "{\"p1\": " + point + ", \"p2\": " + point + "}",
                        "{\"p1\":{\"x\":1,\"y\":2.5},\"p2\":{\"x\":1,\"y\":2.5}}"),
                of(
                        base(718, "circle"),
                        bytes().f8(1, 2.5, 3),
                        "<(1,2.5),3>",
                        "{\"center\": " + point + ", \"radius\": 3.0}",
                        "{\"center\":{\"x\":1,\"y\":2.5},\"radius\":3}"),
                of(
                        path,
                        bytes().i1(0).i4(1).f8(1, 2.5),
                        "[(1,2.5)]",
                        "{\"closed\": false, \"points\": [" + point + "]}",
                        "{\"closed\":false,\"points\":[{\"x\":1,\"y\":2.5}]}"),
                of(
                        base(604, "polygon"),
                        bytes().i4(1).f8(1, 2.5),
                        "((1,2.5))",
                        "{\"points\": [" + point + "]}",
                        "{\"points\":[{\"x\":1,\"y\":2.5}]}"));
    }

    static List<Sample> containers() {
        Type pair = new Type.Composite(
                99_004,
                "public",
                "pair",
                List.of(new Type.Field("n", INT4, -1, 0), new Type.Field("the text", TEXT, -1, 0)));
        Type.Range range = new Type.Range(3904, "pg_catalog", "int4range", INT4);
        Bytes oneToFive = bytes().i1(2).sized(bytes().i4(1)).sized(bytes().i4(5));
        String oneToFiveAvro =
                "{\"lower\": 1, \"upper\": 5, \"lower_inclusive\": true, \"upper_inclusive\": false, \"empty\": false}";
        String oneToFiveJson = oneToFiveAvro.replace(" ", "");
        Type domain = new Type.Domain(99_005, "public", "price", NUMERIC, numericModifier(4, 2), 0);
        return List.of(
                of(array(INT4), bytes().i4(0, 0, 23), "{}", "[]", "[]"),
                of(
                        array(INT4),
                        bytes().i4(1, 1, 23, 2, 1).sized(bytes().i4(7)).i4(-1),
                        "{7,NULL}",
                        "[7, null]",
                        "[7,null]"),
                new Sample(
                        array(INT4),
                        -1,
                        2,
                        bytes().i4(2, 0, 23, 1, 1, 2, 1).sized(bytes().i4(7)).sized(bytes().i4(8)),
                        "{{7,8}}",
                        "[[7, 8]]",
                        "[[7,8]]"),
                of(
                        array(TEXT),
                        bytes().i4(1, 0, 25, 2, 1).sized(bytes().s("NULL")).sized(bytes().s("a\"\\ ,")),
                        "{\"NULL\",\"a\\\"\\\\ ,\"}",
                        "[NULL, a\"\\ ,]",
                        "[\"NULL\",\"a\\\"\\\\ ,\"]"),
                of(
                        pair,
                        bytes().i4(2, 23, -1, 25).sized(bytes().s("a \"b\"")),
                        "(,\"a \"\"b\"\"\")",
                        "{\"n\": null, \"the_20_text\": \"a \\\"b\\\"\"}",
                        "{\"n\":null,\"the text\":\"a \\\"b\\\"\"}"),
                of(range, oneToFive, "[1,5)", oneToFiveAvro, oneToFiveJson),
                of(
                        range,
                        bytes().i1(1),
                        "empty",
                        "{\"lower\": null, \"upper\": null, \"lower_inclusive\": false, \"upper_inclusive\": false, \"empty\": true}",
                        "{\"lower\":null,\"upper\":null,\"lower_inclusive\":false,\"upper_inclusive\":false,\"empty\":true}"),
                of(
                        new Type.Multirange(4451, "pg_catalog", "int4multirange", range),
                        bytes().i4(1).sized(oneToFive),
                        "{[1,5)}",
                        "[" + oneToFiveAvro + "]",
                        "[" + oneToFiveJson + "]"),
                of(domain, bytes().i2(2, 0, 0, 2, 1, 1000), "1.10", "6e", "1.10"));
    }

    static List<Sample> extensions() {
        return List.of(
                of(
                        extension("hstore"),
                        bytes().i4(2)
                                .sized(bytes().s("a"))
                                .sized(bytes().s("\""))
                                .sized(bytes().s("b"))
                                .i4(-1),
                        "\"a\"=>\"\\\"\", \"b\"=>NULL",
                        "{a=\", b=null}",
                        "{\"a\":\"\\\"\",\"b\":null}"),
                of(extension("ltree"), bytes().i1(1).s("a.b"), "a.b", "a.b", "\"a.b\""),
                of(extension("vector"), bytes().i2(2, 0).f4(1, -2.5f), "[1,-2.5]", "[1.0, -2.5]", "[1,-2.5]"),
                of(
                        extension("halfvec"),
                        bytes().i2(3, 0, 0x3C00, 0xC100, 1),
                        "[1,-2.5,5.9604645e-08]",
                        "[1.0, -2.5, 5.9604645E-8]",
                        "[1,-2.5,5.9604645e-08]"),
                of(
                        extension("sparsevec"),
                        bytes().i4(5, 2, 0, 0, 2).f4(1.5f, 2),
                        "{1:1.5,3:2}/5",
                        "{1:1.5,3:2}/5",
                        "\"{1:1.5,3:2}/5\""),
                of(extension("geometry"), bytes().hex("01010000"), "01010000", "01010000", "\"AQEAAA==\""));
    }
}
