package org.bottledwater.cli.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What a run is like; the seed decides what is not given.
 *
 * @param steps so many transactions
 * @param name of the database, the slot and the topics' prefix
 * @param usersPublication whether the program is given a publication of the user's
 * @param rename what {@code --on-rename} is to be
 */
record Plan(
        long seed,
        int steps,
        String name,
        String major,
        Set<Family> families,
        boolean testDecoding,
        boolean json,
        boolean usersPublication,
        String catchUpFrom,
        String rename) {

    /** From the seed, and from what the properties {@code plugin}, {@code format}, {@code publication} and {@code rename} say. */
    static Plan of(long seed, int steps, String name, String major, Set<Family> families) {
        Dice dice = new Dice(~seed);
        // Runs that follow one another are of different kinds.
        int kind = Math.floorMod(seed, 6);
        boolean testDecoding = chosen("plugin", "test_decoding", kind == 1 || kind == 3);
        boolean json = chosen("format", "json", kind == 1 || kind == 2 || kind == 5);
        boolean users = chosen("publication", "user", kind == 2 || kind == 4) && !testDecoding;
        String catchUp = System.getProperty("catchUpFrom", dice.percent(40) ? "16kB" : "32MB");
        return new Plan(
                seed,
                steps,
                name,
                major,
                families,
                testDecoding,
                json,
                users,
                catchUp,
                System.getProperty("rename", "keep"));
    }

    private static boolean chosen(String property, String value, boolean otherwise) {
        String wanted = System.getProperty(property, "");
        return wanted.isEmpty() ? otherwise : wanted.equals(value);
    }

    boolean allows(Family family) {
        return switch (family) {
            case PUBLICATION -> !testDecoding;
            case PUBLICATION_SHAPE -> usersPublication;
            default -> true;
        };
    }

    /** Whether a start by default options is refused now and then, since a table has no key. */
    private boolean mayLoseKeys() {
        return families.contains(Family.UNKEYED)
                || families.contains(Family.IDENTITY_NOTHING)
                || families.contains(Family.DEFERRABLE);
    }

    String publicationName() {
        return usersPublication ? "mine" : name;
    }

    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--slot=" + name,
                "--topic-prefix=" + name,
                "--plugin=" + (testDecoding ? "test_decoding" : "pgoutput"),
                "--output-format=" + (json ? "json" : "avro")));
        if (usersPublication) {
            arguments.add("--publication=" + publicationName());
        }
        if (mayLoseKeys()) {
            arguments.add("--allow-unkeyed");
        }
        return arguments;
    }

    List<String> runArguments() {
        List<String> arguments = new ArrayList<>(arguments());
        arguments.add("--catch-up-from=" + catchUpFrom);
        if (mayLoseKeys()) {
            arguments.addAll(List.of("--topic-config=cleanup.policy=delete", "--topic-config=retention.ms=-1"));
        }
        arguments.add("--on-rename=" + rename);
        return arguments;
    }

    @Override
    public String toString() {
        return "seed=" + seed + " steps=" + steps + " major=" + major + " plugin="
                + (testDecoding ? "test_decoding" : "pgoutput") + " format=" + (json ? "json" : "avro")
                + " publication="
                + (usersPublication ? "user" : "own") + " catchUpFrom=" + catchUpFrom
                + " rename=" + rename + " families=" + Family.names(families);
    }
}
