package org.bottledwater.avro;

import java.util.ArrayList;
import java.util.List;

/** Columns and values that real servers are asked about. */
public final class ServerTypes {
    /**
     * @param type as in CREATE TABLE
     * @param since the major version that has it
     * @param values SQL literals, without quotes; {@code 17:infinity} only from version 17 on
     */
    public record Case(String type, int since, List<String> values) {
        /** The values that a server of this major version knows. */
        public List<String> values(int major) {
            return values.stream()
                    .filter(value -> !isVersioned(value) || major >= Integer.parseInt(value.substring(0, 2)))
                    .map(value -> isVersioned(value) ? value.substring(3) : value)
                    .toList();
        }

        private static boolean isVersioned(String value) {
            return value.matches("1[0-9]:.*[iI]nfinity");
        }

        @Override
        public String toString() {
            return type;
        }
    }

    public static final List<String> EXTENSIONS = List.of("hstore", "citext", "ltree", "cube", "seg", "isn");

    public static final List<String> SETUP = List.of(
            "CREATE TYPE mood AS ENUM ('sad', 'so so', 'quo\"te', 'Übel', 'back\\slash', 'NULL')",
            "CREATE TYPE inner_t AS (x int, y text)",
            "CREATE TYPE outer_t AS (id int8, i inner_t, tags text[], m mood, n numeric(8,3), at timestamptz)",
            "CREATE DOMAIN price AS numeric(10,2)",
            "CREATE DOMAIN dear_price AS price CHECK (VALUE > 0)",
            "CREATE DOMAIN tags AS text[]",
            "CREATE DOMAIN matrix AS integer[][]",
            "CREATE DOMAIN dear_matrix AS matrix CHECK (array_ndims(VALUE) = 2)",
            "CREATE TYPE floatrange AS RANGE (subtype = float8)",
            "CREATE TYPE textrange AS RANGE (subtype = text)",
            "CREATE TYPE one_t AS (v text)");

    private ServerTypes() {}

    public static List<Case> all() {
        List<Case> cases = new ArrayList<>();
        numbers(cases);
        texts(cases);
        dateTimes(cases);
        others(cases);
        geometry(cases);
        containers(cases);
        ranges(cases);
        extensions(cases);
        return cases;
    }

    private static void add(List<Case> cases, String type, String... values) {
        cases.add(new Case(type, 0, List.of(values)));
    }

    private static void since(List<Case> cases, int since, String type, String... values) {
        cases.add(new Case(type, since, List.of(values)));
    }

    private static void numbers(List<Case> cases) {
        add(cases, "boolean", "t", "f");
        add(cases, "smallint", "0", "-1", "32767", "-32768");
        add(cases, "integer", "0", "-1", "2147483647", "-2147483648");
        add(cases, "bigint", "0", "-1", "9223372036854775807", "-9223372036854775808");
        add(cases, "oid", "0", "4294967295");
        add(cases, "xid", "0", "4294967295");
        add(cases, "cid", "7", "4294967295");
        since(cases, 13, "xid8", "0", "9223372036854775807", "18446744073709551615");
        add(
                cases,
                "real",
                "0",
                "-0",
                "1",
                "0.1",
                "1e-5",
                "0.0001",
                "123456",
                "1234567",
                "1e6",
                "3.4028235e38",
                "1e-45",
                "16777216",
                "NaN",
                "Infinity",
                "-Infinity",
                "1.1754944e-38",
                "9.999999e5",
                "0.3");
        add(
                cases,
                "double precision",
                "0",
                "-0",
                "1",
                "0.1",
                "1e-5",
                "0.0001",
                "123456789012345",
                "1234567890123456",
                "1e15",
                "1e14",
                "1e22",
                "1e23",
                "5e-324",
                "1e-323",
                "2e-323",
                "1.7976931348623157e308",
                "2.2250738585072014e-308",
                "9007199254740993",
                "NaN",
                "Infinity",
                "-Infinity",
                "0.3",
                "2e-3",
                "9.5e-3",
                "8.41e21",
                "2.0e-3",
                "4.9406564584124654e-324",
                "3e-4",
                "1.5e300");
        String[] decimals = {"0", "-0.01", "1.1", "12345678.99", "-99999999.99", "99999999.99", "0.5", "100", "10000"};
        add(cases, "numeric(10,2)", decimals);
        add(cases, "numeric(10,2)", "NaN", "1");
        add(cases, "numeric(18,0)", "999999999999999999", "-999999999999999999", "10000", "0");
        add(cases, "numeric(19,1)", "999999999999999999.9", "-999999999999999999.9", "922337203685477580.7");
        add(cases, "numeric(38,10)", "1234567890123456789012345678.0123456789", "-1", "0.0000000001");
        add(cases, "numeric(20,20)", "0.12345678901234567890", "0.00000000000000000001", "-0.1");
        add(cases, "numeric(4,4)", "0.1234", "0.0001", "-0.9999", "0");
        add(cases, "numeric(1000,3)", "1" + "0".repeat(900) + ".125", "-1");
        add(
                cases,
                "numeric",
                "0",
                "0.00",
                "1.10",
                "-1.10",
                "1e-20",
                "1e30",
                "123456789.000000001",
                "10000",
                "9999.9999",
                "NaN",
                "14:Infinity",
                "14:-Infinity",
                "1e900",
                "9".repeat(131_072),
                "-1." + "0".repeat(16_382) + "1",
                "0.0001",
                "0.00001234",
                "100000000",
                "-0.5");
        since(cases, 15, "numeric(3,-2)", "12300", "-99900", "0");
        since(cases, 15, "numeric(2,5)", "0.00012", "-0.00099", "0");
        add(cases, "money", "0", "1.5", "-1234567.89", "92233720368547758.07", "-92233720368547758.08");
    }

    private static void texts(List<Case> cases) {
        String[] odd = {
            "",
            "a",
            "Übel 日本 🌍",
            "tab\there",
            "line\nfeed",
            "back\\slash",
            "\"quoted\"",
            "NULL",
            "null",
            " ",
            "{}",
            "\u0001\u007f"
        };
        add(cases, "text", odd);
        add(cases, "varchar(20)", odd);
        add(cases, "char(5)", "", "a", "abcde");
        add(cases, "name", "a", "Übel");
        add(cases, "\"char\"", "a", "", "\\", "é", "\"");
        add(cases, "xml", "<a>b</a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>", "x");
        add(cases, "json", "{\"a\": [1, 2 ,null]}", " [1]\n", "\"x\"", "1.0", "null");
        add(cases, "jsonb", "{\"b\": 1.10, \"a\": [1, 2, null]}", "[]", "\"\\u00e9\\n\"", "1e3", "true");
        add(cases, "bytea", "\\x", "\\x00ff", "\\xdeadbeef");
        add(cases, "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-0000-0000-000000000000");
        add(cases, "mood", "sad", "so so", "quo\"te", "Übel", "back\\slash", "NULL");
        add(cases, "refcursor", "c");
    }

    private static void dateTimes(List<Case> cases) {
        add(
                cases,
                "date",
                "2000-01-01",
                "1970-01-01",
                "1969-12-31",
                "0001-01-01",
                "0001-12-31 BC",
                "0044-03-15 BC",
                "4714-11-24 BC",
                "5874897-12-31",
                "10000-01-01",
                "infinity",
                "-infinity",
                "2024-02-29",
                "1900-02-28");
        add(cases, "time", "00:00:00", "24:00:00", "23:59:59.999999", "04:05:06.789", "00:00:00.000001");
        add(
                cases,
                "timetz",
                "00:00:00+00",
                "24:00:00-15:59",
                "04:05:06.789+05:30",
                "04:05:06-00:00:15",
                "04:05:06+01:02:03");
        String[] stamps = {
            "2000-01-01 00:00:00",
            "1999-12-31 23:59:59.999999",
            "1970-01-01",
            "1969-12-31 23:59:59.5",
            "0001-01-01",
            "0001-12-31 23:59:59 BC",
            "4714-11-24 00:00:00 BC",
            "294246-12-31 23:59:59.999999",
            "294247-01-10 04:00:54.775807",
            "294247-01-10 04:00:54.775806",
            "294247-01-10 04:00:54.775808",
            "294276-12-31 23:59:59.999999",
            "infinity",
            "-infinity",
            "10000-01-01 00:00:00.1"
        };
        add(cases, "timestamp", stamps);
        add(cases, "timestamptz", stamps);
        add(cases, "timestamptz(3)", "2026-11-22 10:11:12.3456+02", "2026-11-22 10:11:12.3456-03:30");
        add(
                cases,
                "interval",
                "0",
                "1 year 2 months 3 days 4 hours 5 minutes 6.789 seconds",
                "-1 year -2 months",
                "1 month -1 day",
                "-0.5 seconds",
                "1 day -00:00:00.000001",
                "1000000 hours",
                "178000000 years",
                "-178000000 years",
                "14 months",
                "-14 months 3 days -25:00:01",
                "17:infinity",
                "17:-infinity",
                "1 second",
                "59.999999 s",
                "60 s",
                "3600 s",
                "-3600.1 s",
                "1 year -1 month");
    }

    private static void others(List<Case> cases) {
        add(cases, "bit(3)", "101", "000");
        add(cases, "varbit", "", "1", "10101010", "101010101");
        add(
                cases,
                "inet",
                "192.168.0.1",
                "192.168.0.1/24",
                "0.0.0.0/0",
                "::1",
                "::",
                "::/0",
                "1::",
                "1:0:0:2::3",
                "::ffff:1.2.3.4",
                "::1.2.3.4",
                "2001:db8::1/64",
                "1:2:3:4:5:6:7:8",
                "::2",
                "::ffff:0:1",
                "0:0:1::",
                "1:0:0:2:0:0:0:3",
                "fe80::1:0:0:1",
                "1:0:2:3:4:5:6:7");
        add(cases, "cidr", "192.168.0.0/24", "10.0.0.1/32", "2001:db8::/32", "::1/128", "0.0.0.0/0");
        add(cases, "macaddr", "08:00:2b:01:02:03");
        add(cases, "macaddr8", "08:00:2b:01:02:03:04:05");
        add(cases, "pg_lsn", "0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF");
        add(cases, "tid", "(0,1)", "(4294967295,65535)");
        add(cases, "txid_snapshot", "10:20:10,14,15", "10:10:");
        since(cases, 13, "pg_snapshot", "10:20:10,14,15", "10:10:");
        add(cases, "tsvector", "", "a fat cat", "'it''s':3A,5 b:1B,2C,4D 'back\\\\slash'", "a:16383");
        add(
                cases,
                "tsquery",
                "",
                "a",
                "a & b | c",
                "a & (b | c)",
                "!a",
                "!(a & b)",
                "!!a",
                "a <-> b",
                "a <3> b <-> c",
                "a <-> (b <-> c)",
                "(a | b) <-> c",
                "a:*",
                "a:AB",
                "a:*CD & 'it''s'",
                "!(a <-> b) & !c | (d & !e)",
                "(a & b) & (c & d)",
                "a | (b | c)",
                "a <-> !b",
                "'back\\\\slash'");
        add(cases, "jsonpath", "$.a[*] ? (@ > 1)", "$");
        add(cases, "regclass", "pg_class");
        add(cases, "regtype", "integer");
        add(cases, "aclitem", "postgres=r/postgres");
        add(cases, "int2vector", "1 2 3", "");
        add(cases, "oidvector", "1 2");
    }

    private static void geometry(List<Case> cases) {
        add(cases, "point", "(1,2)", "(-0.5,1e300)", "(NaN,Infinity)");
        add(cases, "line", "{1,2,3}", "{-1,0,5.5}");
        add(cases, "lseg", "[(1,2),(3,4)]");
        add(cases, "box", "(3,4),(1,2)");
        add(cases, "path", "[(1,2),(3,4)]", "((1,2),(3,4))", "((1,2))");
        add(cases, "polygon", "((1,2),(3,4),(5,6))", "((0,0))");
        add(cases, "circle", "<(1,2),3>");
    }

    private static void containers(List<Case> cases) {
        add(
                cases,
                "integer[]",
                "{}",
                "{1,2,3}",
                "{NULL}",
                "{1,NULL,-3}",
                "{{1,2},{3,4}}",
                "[0:1]={1,2}",
                "[2:3][-1:0]={{1,2},{3,4}}");
        add(cases, "integer[][]", "{}", "{{1,2},{3,4}}", "{{1,NULL}}", "{1,2}", "{{{1}}}");
        add(
                cases,
                "text[]",
                "{}",
                "{\"\",NULL,\"NULL\",null,\" \",a b,\"a,b\",\"\\\"\",\"\\\\\",\"{\",Übel}",
                "{{a,b},{c,d}}",
                "{\"tab\there\",\"line\nfeed\"}");
        add(cases, "numeric(6,2)[]", "{1.5,NULL,-2}", "{NaN}");
        add(cases, "box[]", "{(3,4),(1,2);(1,1),(0,0)}", "{}");
        add(cases, "mood[]", "{sad,\"so so\",\"quo\\\"te\",\"NULL\",NULL}");
        add(cases, "bytea[]", "{\"\\\\x00ff\",\"\\\\x\"}");
        add(cases, "json[]", "{\"{\\\"a\\\": 1}\",null}");
        add(cases, "timestamptz[]", "{\"2026-01-02 03:04:05+00\",infinity}");
        add(cases, "boolean[]", "{t,f,NULL}");
        add(cases, "varbit[]", "{101,\"\"}");
        add(cases, "inner_t", "(1,a)", "(,)", "(1,\"\")", "(,\"a \"\"b\"\" \\\\ ,()\")", "(-5,\" \")");
        add(cases, "one_t", "()", "(\"\")", "(a)");
        add(
                cases,
                "outer_t",
                "(1,\"(2,\"\"x \"\"\"\"y\"\"\"\"\"\")\",\"{a,\"\"b c\"\",NULL}\",\"so so\",1.5,2026-01-02 03:04:05+00)",
                "(,,,,,)");
        add(cases, "inner_t[]", "{\"(1,a)\",NULL,\"(,\\\"x y\\\")\"}");
        add(cases, "price", "1.5", "-2");
        add(cases, "dear_price", "1.5");
        add(cases, "tags", "{a,b}", "{}");
        add(cases, "matrix", "{{1,2},{3,4}}", "{}", "{{1,NULL}}");
        add(cases, "dear_matrix", "{{1,2},{3,4}}");
        since(cases, 11, "price[]", "{1.5,NULL}");
        since(cases, 11, "tags[]", "{\"{a,b}\",NULL}");
    }

    private static void ranges(List<Case> cases) {
        add(cases, "int4range", "empty", "[1,5)", "(,5)", "[1,)", "(,)", "[3,3]");
        add(cases, "int8range", "[-9223372036854775808,9223372036854775806)");
        add(cases, "numrange", "[1.10,2.20]", "(0.5,)", "empty");
        add(cases, "daterange", "[2026-01-01,2026-02-01)", "(-infinity,infinity)", "[2026-01-01,infinity]");
        add(cases, "tsrange", "[2026-01-01 00:00:00,2026-02-01 10:11:12.5]", "(,)");
        add(cases, "tstzrange", "[2026-01-01 00:00:00+00,2026-02-01 10:11:12.5+03)");
        add(cases, "floatrange", "[1.5,2.5]", "(-Infinity,1e300)");
        add(cases, "textrange", "[a,b)", "[\"\",\"a \"\"b\"\" \\\\ ,()[]\"]", "(\" \",z)");
        add(cases, "tstzrange[]", "{\"[2026-01-01 00:00:00+00,)\",NULL,empty}");
        since(cases, 14, "int4multirange", "{}", "{[1,3),[5,9)}", "{(,)}", "{[1,3)}");
        since(cases, 14, "tsmultirange", "{[2026-01-01 00:00:00,2026-02-01 10:11:12.5],(2027-01-01 00:00:00,)}");
        since(cases, 14, "textmultirange", "{[\"a \"\"]) \\\\ ,\",b],(c,)}");
        since(cases, 14, "int4multirange[]", "{\"{[1,3),[5,9)}\",NULL,\"{}\"}");
    }

    private static void extensions(List<Case> cases) {
        add(
                cases,
                "hstore",
                "",
                "a=>1",
                "a=>NULL, b=>\"NULL\", \"c d\"=>\"e \\\" \\\\ f\", \"\"=>\"\"",
                "\"Ü\"=>\"=>\"");
        add(cases, "hstore[]", "{\"\\\"a\\\"=>\\\"1\\\"\",NULL}");
        add(cases, "citext", "Ab", "");
        add(cases, "ltree", "a.b.c", "");
        add(cases, "cube", "(1,2),(3,4)", "(0)");
        add(cases, "seg", "1.5 .. 2.5", "1.0");
        add(cases, "isbn13", "978-0-393-04002-9");
    }
}
