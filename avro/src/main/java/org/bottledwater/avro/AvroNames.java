package org.bottledwater.avro;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;

/**
 * Names as Avro and Kafka allow them: every other byte of the UTF-8 form becomes {@code _xx_} in lowercase hex.
 *
 * <p>The escape is readable rather than reversible, so two names may meet; whoever puts names side by side looks for
 * that ({@link #distinct} does it for fields).
 */
public final class AvroNames {
    private static final String HEX = "0123456789abcdef";

    private AvroNames() {}

    /** A name of letters, digits and underscores that does not begin with a digit. */
    public static String name(String name) {
        return escape(name, "", true);
    }

    /** A topic name, or a part of one: as {@link #name}, but with dots, hyphens and leading digits as they are. */
    public static String topic(String name) {
        // Kafka refuses the two names that a file system keeps for itself.
        boolean onlyDots = name.equals(".") || name.equals("..");
        return escape(name, onlyDots ? "-" : ".-", false);
    }

    /**
     * The Avro names of {@code names}, in order.
     *
     * @param owner whose fields these are, for the message
     * @throws ConfigurationException when two of them become one
     */
    static List<String> distinct(String owner, List<String> names) {
        Map<String, String> seen = new HashMap<>();
        List<String> escaped = new ArrayList<>(names.size());
        for (String original : names) {
            String name = name(original);
            String other = seen.put(name, original);
            if (other != null) {
                throw new ConfigurationException("two columns have one name in Avro: table=" + owner + " column="
                        + other + " column=" + original + " name=" + name
                        + "; rename one of them or leave the table out"
                        + " (--tables)");
            }
            escaped.add(name);
        }
        return escaped;
    }

    private static String escape(String name, String alsoAllowed, boolean escapeLeadingDigit) {
        StringBuilder escaped = new StringBuilder(name.length() + 8);
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xFF);
            boolean digit = c >= '0' && c <= '9';
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
            boolean allowed = letter || (digit && !(i == 0 && escapeLeadingDigit)) || alsoAllowed.indexOf(c) >= 0;
            if (allowed) {
                escaped.append(c);
            } else {
                escaped.append('_')
                        .append(HEX.charAt(c >> 4))
                        .append(HEX.charAt(c & 15))
                        .append('_');
            }
        }
        return escaped.toString();
    }
}
