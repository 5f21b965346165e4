package org.bottledwater.cli.schema;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Kinds of changes that are switched on one by one: {@code -Dfamilies=ROWS,RENAME}, or {@code ALL}. */
enum Family {
    /** Inserts, updates, deletes, changed keys, large values. */
    ROWS(60),
    /** Value columns come, go and are renamed to names that never were. */
    VALUE_COLUMNS(6),
    TRUNCATE(2),
    /** Tables with names that never were. */
    CREATE(3),
    DROP(2),
    /** To a name, or into a schema, in which no table has been. */
    RENAME(4),
    /** New and renamed tables take names that others have had. */
    REUSE(3),
    DROP_CREATE(3),
    SWAP(3),
    /** A table is built beside the real one and renamed over it. */
    STAGING(3),
    /** Renamed and renamed back in one transaction. */
    AWAY_AND_BACK(3),
    /** A view under the old name. */
    VIEW(2),
    RETYPE_VALUE(4),
    /** A column's name passes to another column. */
    COLUMN_REUSE(4),
    COMMENT(3),
    REKEY_RENAME(3),
    REKEY_RETYPE(3),
    /** Another primary key, or one column more or fewer in it. */
    REKEY_COLUMNS(3),
    /** Replica identity full, or default. */
    IDENTITY(3),
    /** Replica identity by an index, which becomes the key. */
    IDENTITY_INDEX(3),
    IDENTITY_NOTHING(3),
    /** Shifted keys in one statement. */
    DEFERRABLE(3),
    /** Keys of more than 2 kB. */
    KEY_TOAST(3),
    /** Tables leave the program's own publication, or the user's. */
    PUBLICATION(3),
    /** The user's publication: row filters, column lists, what is published. */
    PUBLICATION_SHAPE(3),
    PARTITION(5),
    COMPOSITE(4),
    ENUM(3),
    /** Tables without key, and those that lose theirs for a while ({@code --allow-unkeyed}). */
    UNKEYED(3),
    /** Tables that get their key in a later transaction, or are gone by then: by default options, too. */
    KEY_LATER(2),
    GENERATED(2),
    UNLOGGED(2);

    /** What {@code verify} draws: what held in every run of every kind. {@code -Dfamilies=ALL} draws the others, too. */
    static final Set<Family> DEFAULT =
            Collections.unmodifiableSet(EnumSet.of(ROWS, VALUE_COLUMNS, TRUNCATE, COLUMN_REUSE, IDENTITY));

    final int weight;

    Family(int weight) {
        this.weight = weight;
    }

    /** {@code ALL}, names with commas between them, or names to leave out with {@code !} before them. */
    static Set<Family> parse(String names) {
        if (names.isEmpty()) {
            return DEFAULT;
        }
        Set<Family> families = names.startsWith("ALL") ? EnumSet.allOf(Family.class) : EnumSet.of(ROWS);
        for (String name : Arrays.asList(names.split(",", -1))) {
            if (name.startsWith("!")) {
                families.remove(valueOf(name.substring(1)));
            } else if (name.equals("DEFAULT")) {
                families.addAll(DEFAULT);
            } else if (!name.equals("ALL")) {
                families.add(valueOf(name));
            }
        }
        return families;
    }

    static String names(Set<Family> families) {
        return families.stream().map(Enum::name).collect(Collectors.joining(","));
    }
}
