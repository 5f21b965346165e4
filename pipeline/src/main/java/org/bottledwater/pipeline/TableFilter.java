package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
    public static final TableFilter ALL = new TableFilter(List.of(), List.of(), Set.of(), table -> true, "*");

    /** The tables that pg_repack creates while it works, and drops again. */
    private static final Pattern REPACK = Pattern.compile("repack\\.(log|table)_[0-9]+");

    private final List<Pattern> included;
    private final List<Pattern> excluded;
    private final Set<String> named;
    private final Predicate<TableName> more;
    private final String text;

    private TableFilter(
            List<Pattern> included, List<Pattern> excluded, Set<String> named, Predicate<TableName> more, String text) {
        this.named = named;
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
        Set<String> named = new HashSet<>();
        for (String part : patterns.split(",", -1)) {
            String pattern = part.strip();
            boolean exclude = pattern.startsWith("!");
            String name = exclude ? pattern.substring(1).strip() : pattern;
            if (name.isEmpty()) {
                throw new ConfigurationException("--tables has an empty pattern: tables=" + patterns
                        + "\n  write for example --tables='public.*,!public.audit'");
            }
            (exclude ? excluded : included).add(Glob.compile(qualified(name)));
            if (!exclude && name.indexOf('*') < 0 && name.indexOf('?') < 0) {
                named.add(qualified(name));
            }
        }
        return new TableFilter(
                List.copyOf(included), List.copyOf(excluded), Set.copyOf(named), table -> true, patterns);
    }

    /**
     * Of these only those that are {@code chosen} as well; a partition is chosen by the partitioned table that it is a part
     * of, so that all parts of one stay together.
     */
    public TableFilter narrowed(Predicate<TableName> chosen, String shown) {
        return new TableFilter(included, excluded, named, more.and(chosen), shown);
    }

    /** Whether a pattern without placeholders names it, so that it is wanted though it is of a kind that mostly is not. */
    boolean names(TableName name) {
        return named.contains(name.toString());
    }

    /** A pattern over {@code schema.table}, from one that may leave the schema out. */
    static String qualified(String pattern) {
        return pattern.contains(".") || pattern.equals("*") ? pattern : "public." + pattern;
    }

    public boolean captures(TableName name) {
        String text = name.toString();
        return (included.isEmpty() || matchesAny(included, text))
                && !matchesAny(excluded, text)
                && more.test(name)
                && (!name.schema().equals("repack")
                        || names(name)
                        || !REPACK.matcher(text).matches());
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
