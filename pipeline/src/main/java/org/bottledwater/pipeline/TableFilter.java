package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;

/**
 * Which tables are captured ({@code --tables}): patterns over {@code schema.table} with {@code *} and {@code ?}, a name
 * without a dot standing for schema {@code public} ({@code *} alone for everything), and those after {@code !} leaving out again. With nothing but
 * exclusions everything else is captured.
 */
public final class TableFilter {
    /** Every table. */
    public static final TableFilter ALL = new TableFilter(List.of(), List.of(), table -> true, "*");

    private final List<Pattern> included;
    private final List<Pattern> excluded;
    private final Predicate<TableName> more;
    private final String text;

    private TableFilter(List<Pattern> included, List<Pattern> excluded, Predicate<TableName> more, String text) {
        this.included = included;
        this.excluded = excluded;
        this.more = more;
        this.text = text;
    }

    /**
     * Reads comma-separated patterns: {@code public.*,!public.audit}.
     *
     * @throws ConfigurationException for an empty pattern
     */
    public static TableFilter parse(String patterns) {
        List<Pattern> included = new ArrayList<>();
        List<Pattern> excluded = new ArrayList<>();
        for (String part : patterns.split(",", -1)) {
            String pattern = part.strip();
            boolean exclude = pattern.startsWith("!");
            String name = exclude ? pattern.substring(1).strip() : pattern;
            if (name.isEmpty()) {
                throw new ConfigurationException("--tables has an empty pattern: tables=" + patterns
                        + "\n  write for example --tables='public.*,!public.audit'");
            }
            (exclude ? excluded : included).add(Glob.compile(qualified(name)));
        }
        return new TableFilter(List.copyOf(included), List.copyOf(excluded), table -> true, patterns);
    }

    /**
     * Of these only those that are {@code chosen} as well; a partition is chosen by the partitioned table that it is a part
     * of, so that all parts of one stay together.
     */
    public TableFilter narrowed(Predicate<TableName> chosen, String shown) {
        return new TableFilter(included, excluded, more.and(chosen), shown);
    }

    /** A pattern over {@code schema.table}, from one that may leave the schema out. */
    static String qualified(String pattern) {
        return pattern.contains(".") || pattern.equals("*") ? pattern : "public." + pattern;
    }

    public boolean captures(TableName name) {
        String text = name.toString();
        return (included.isEmpty() || matchesAny(included, text)) && !matchesAny(excluded, text) && more.test(name);
    }

    /** A partition may be named itself, or by the partitioned table that it is a part of. */
    boolean captures(TableName name, Optional<TableName> root) {
        if (root.isEmpty()) {
            return captures(name);
        }
        String text = name.toString();
        String whole = root.get().toString();
        return (included.isEmpty() || matchesAny(included, text) || matchesAny(included, whole))
                && !matchesAny(excluded, text)
                && !matchesAny(excluded, whole)
                && more.test(root.get());
    }

    private static boolean matchesAny(List<Pattern> patterns, String text) {
        for (Pattern pattern : patterns) {
            if (pattern.matcher(text).matches()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return text;
    }
}
