package org.bottledwater.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.bottledwater.change.Column;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.Relation;
import org.bottledwater.change.TableName;

/**
 * Which columns are sent ({@code --columns}): patterns over {@code schema.table.column} with {@code *} and {@code ?},
 * those after {@code !} leaving out. Of a table that a pattern without {@code !} names, nothing but the columns so named
 * is sent; of every other table all that is not left out. Masks ({@code --mask}) are looked after here too, since they
 * may be as wrong.
 */
public final class ColumnFilter {
    /** Every column as it is. */
    public static final ColumnFilter ALL = new ColumnFilter(List.of(), Set.of());

    private final List<Rule> rules;
    private final Set<String> masked;

    /** @param plain the column in full, or empty for a pattern */
    private record Rule(boolean exclude, Pattern table, Pattern column, String plain) {}

    private ColumnFilter(List<Rule> rules, Set<String> masked) {
        this.rules = rules;
        this.masked = masked;
    }

    /**
     * Reads comma-separated patterns: {@code !public.users.password,public.log.id,public.log.at}.
     *
     * @param masked columns, {@code schema.table.column}
     * @throws ConfigurationException for a pattern that does not name schema, table and column
     */
    public static ColumnFilter parse(String patterns, Set<String> masked) {
        List<Rule> rules = new ArrayList<>();
        for (String part : patterns.isBlank() ? new String[0] : patterns.split(",", -1)) {
            String pattern = part.strip();
            boolean exclude = pattern.startsWith("!");
            String name = exclude ? pattern.substring(1).strip() : pattern;
            int dot = name.lastIndexOf('.');
            if (dot < 1 || dot == name.length() - 1 || name.indexOf('.') == dot) {
                throw new ConfigurationException(
                        "not a column: --columns=" + pattern + "\n  write it like --columns='!public.users.password'");
            }
            rules.add(new Rule(
                    exclude,
                    Glob.compile(name.substring(0, dot)),
                    Glob.compile(name.substring(dot + 1)),
                    Glob.isPlain(name) ? name : ""));
        }
        return new ColumnFilter(List.copyOf(rules), Set.copyOf(masked));
    }

    /** Whether nothing is said of any column. */
    boolean isAll() {
        return rules.isEmpty() && masked.isEmpty();
    }

    boolean sends(TableName table, String column) {
        String name = table.toString();
        boolean named = false;
        boolean chosen = false;
        for (Rule rule : rules) {
            if (rule.table().matcher(name).matches()) {
                boolean matches = rule.column().matcher(column).matches();
                if (rule.exclude() && matches) {
                    return false;
                }
                named |= !rule.exclude();
                chosen |= !rule.exclude() && matches;
            }
        }
        return !named || chosen;
    }

    /**
     * Refuses what would go wrong in silence: a key that is not sent as it is, and a column that was to be hidden and is
     * not there, since it may only be called something else by now.
     *
     * @throws ConfigurationException that names the column
     */
    void require(Relation relation) {
        for (int position : relation.keyColumns()) {
            String column = relation.columns().get(position).name();
            String path = relation.name() + "." + column;
            if (!sends(relation.name(), column)) {
                throw new ConfigurationException("a column of the key cannot be left out: column=" + path
                        + "\n  rows are told apart by it: change --columns, or leave the table out with --tables='!"
                        + relation.name() + "'");
            }
            if (masked.contains(path)) {
                throw new ConfigurationException("a column of the key cannot be masked: column=" + path
                        + "\n  rows are told apart by it: change --mask, or leave the table out with --tables='!"
                        + relation.name() + "'");
            }
        }
        Set<String> columns = new HashSet<>();
        relation.columns().stream().map(Column::name).forEach(name -> columns.add(relation.name() + "." + name));
        named().stream()
                .filter(path -> path.substring(0, path.lastIndexOf('.'))
                        .equals(relation.name().toString()))
                .filter(path -> !columns.contains(path))
                .findFirst()
                .ifPresent(path -> {
                    throw new ConfigurationException(
                            "there is no such column: column=" + path
                                    + "\n  it would not be hidden if it is only called otherwise now: change --columns or --mask");
                });
    }

    /** Columns that are named in full. */
    Set<String> named() {
        Set<String> named = new HashSet<>(masked);
        rules.stream().map(Rule::plain).filter(plain -> !plain.isEmpty()).forEach(named::add);
        return named;
    }
}
