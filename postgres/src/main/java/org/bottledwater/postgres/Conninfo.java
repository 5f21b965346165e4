package org.bottledwater.postgres;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;

/**
 * Takes a connection string apart into libpq's keywords and their values (manual, "Connection Strings"). Error messages
 * never repeat the string itself, as it may hold a password.
 */
final class Conninfo {
    private static final List<String> SCHEMES = List.of("postgresql://", "postgres://");

    private Conninfo() {}

    static Map<String, String> parse(String text) {
        for (String scheme : SCHEMES) {
            if (text.startsWith(scheme)) {
                return parseUri(text.substring(scheme.length()));
            }
        }
        if (text.contains("://")) {
            throw new ConfigurationException("postgres: unknown scheme=" + text.substring(0, text.indexOf("://"))
                    + ". Write postgres://user@host:port/database");
        }
        return parsePairs(text);
    }

    /** {@code key = value} pairs; values may stand in single quotes, a backslash takes the next character as it is. */
    private static Map<String, String> parsePairs(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        int at = skipBlanks(text, 0);
        while (at < text.length()) {
            int start = at;
            while (at < text.length() && text.charAt(at) != '=' && !Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            String keyword = text.substring(start, at);
            at = skipBlanks(text, at);
            if (at == text.length() || text.charAt(at) != '=') {
                throw new ConfigurationException("postgres: no = after the word at position=" + start
                        + " of the connection string. Write postgres://user@host:port/database or key=value pairs");
            }
            at = skipBlanks(text, at + 1);
            StringBuilder value = new StringBuilder();
            at = readValue(text, at, keyword, value);
            values.put(Keywords.checked(keyword), value.toString());
            at = skipBlanks(text, at);
        }
        return values;
    }

    private static int readValue(String text, int from, String keyword, StringBuilder value) {
        boolean quoted = from < text.length() && text.charAt(from) == '\'';
        int at = quoted ? from + 1 : from;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (quoted ? c == '\'' : Character.isWhitespace(c)) {
                return at + 1;
            }
            if (c == '\\' && at + 1 < text.length()) {
                at++;
                c = text.charAt(at);
            }
            value.append(c);
            at++;
        }
        if (quoted) {
            throw new ConfigurationException("postgres: the closing quote is missing: keyword=" + keyword);
        }
        return at;
    }

    private static int skipBlanks(String text, int from) {
        int at = from;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /** {@code [user[:password]@][host[:port][,…]][/database][?keyword=value[&…]]}. */
    private static Map<String, String> parseUri(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        int question = text.indexOf('?');
        String path = question < 0 ? text : text.substring(0, question);
        int slash = path.indexOf('/');
        String authority = slash < 0 ? path : path.substring(0, slash);
        int at = authority.lastIndexOf('@');
        if (at < 0 && authority.indexOf(':') > 0 && text.indexOf('@', authority.length()) > 0) {
            // Taken literally, a piece of the password would be the port or the database, and show in messages.
            throw new ConfigurationException("postgres: there is an @ after the first / or ? of the URI. Write a / in"
                    + " user or password as %2F, a ? as %3F, and an @ in a database name as %40");
        }
        if (at >= 0) {
            String login = authority.substring(0, at);
            int colon = login.indexOf(':');
            putIfGiven(values, "user", decode(colon < 0 ? login : login.substring(0, colon)));
            if (colon >= 0) {
                putIfGiven(values, "password", decode(login.substring(colon + 1)));
            }
        }
        readHosts(authority.substring(at + 1), values);
        if (slash >= 0) {
            putIfGiven(values, "dbname", decode(path.substring(slash + 1)));
        }
        if (question >= 0 && question + 1 < text.length()) {
            readParameters(text.substring(question + 1), values);
        }
        return values;
    }

    private static void readHosts(String text, Map<String, String> values) {
        StringBuilder hosts = new StringBuilder();
        StringBuilder ports = new StringBuilder();
        String separator = "";
        for (String one : text.split(",", -1)) {
            int bracket = one.startsWith("[") ? one.indexOf(']') : 0;
            if (bracket < 0) {
                throw new ConfigurationException("postgres: the ] after an IPv6 address is missing: host=" + one);
            }
            int colon = one.indexOf(':', bracket);
            String host = colon < 0 ? one : one.substring(0, colon);
            if (bracket > 0) {
                if (host.length() != bracket + 1) {
                    throw new ConfigurationException("postgres: only a port may follow the IPv6 address: host=" + one);
                }
                host = host.substring(1, bracket);
            }
            hosts.append(separator).append(decode(host));
            ports.append(separator).append(colon < 0 ? "" : one.substring(colon + 1));
            separator = ",";
        }
        putIfGiven(values, "host", hosts.toString());
        if (!ports.toString().replace(",", "").isEmpty()) {
            values.put("port", ports.toString());
        }
    }

    private static void readParameters(String text, Map<String, String> values) {
        for (String parameter : text.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals < 0) {
                throw new ConfigurationException(
                        "postgres: a parameter after the ? of the URI has no value. Write ?keyword=value&keyword=value");
            }
            String keyword = decode(parameter.substring(0, equals));
            String value = decode(parameter.substring(equals + 1));
            if (keyword.equals("ssl") && value.equals("true")) {
                values.put("sslmode", "require");
            } else {
                values.put(Keywords.checked(keyword), value);
            }
        }
    }

    private static void putIfGiven(Map<String, String> values, String keyword, String value) {
        if (!value.isEmpty()) {
            values.put(keyword, value);
        }
    }

    /** Percent-escapes only: a plus stays a plus, as in libpq. */
    private static String decode(String text) {
        if (text.indexOf('%') < 0) {
            return text;
        }
        byte[] in = text.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out[length++] = in[i];
                continue;
            }
            int high = i + 2 < in.length ? Character.digit(in[i + 1], 16) : -1;
            int low = i + 2 < in.length ? Character.digit(in[i + 2], 16) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                throw new ConfigurationException("postgres: a % in the URI must be followed by two hexadecimal digits,"
                        + " not 00. A % that is meant as such is written %25");
            }
            out[length++] = (byte) (high << 4 | low);
            i += 2;
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }
}
