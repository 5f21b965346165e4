package org.bottledwater.cli.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Rounds of faults one after the other, for as long as it is told: {@code -Dsoak.minutes}, {@code -Dsoak.faults} of each
 * round and {@code -Dsoak.changes} of each round. {@code -Dseed} is that of the first round; each prints its own, and is run
 * alone with {@code -Dseed=SEED -Dsoak.rounds=1}.
 */
final class Soak {
    private static final List<Round.Kind> KINDS = List.of(
            Round.Kind.STREAM, Round.Kind.SNAPSHOT, Round.Kind.STREAM, Round.Kind.DUEL, Round.Kind.AT_LEAST_ONCE);

    private Soak() {}

    public static void main(String[] arguments) throws Exception {
        System.exit(run(Path.of(arguments.length == 0 ? "target/soak" : arguments[0])) ? 0 : 1);
    }

    /** Returns whether nothing was wrong. */
    static boolean run(Path folder) throws Exception {
        long deadline = System.nanoTime()
                + Duration.ofMinutes(Long.getLong("soak.minutes", 60)).toNanos();
        long rounds = Long.getLong("soak.rounds", Long.MAX_VALUE);
        long seed = Long.getLong("seed", System.currentTimeMillis());
        long faults = 0;
        long messages = 0;
        long transactions = 0;
        int failed = 0;
        int done = 0;
        for (; done < rounds && System.nanoTime() < deadline; done++) {
            Round.Report report = round(plan(seed + done), folder.resolve("seed-" + (seed + done)));
            faults += report.faults();
            messages += report.messages();
            transactions += report.transactions();
            failed += report.problems().isEmpty() ? 0 : 1;
            System.out.println((report.problems().isEmpty() ? "ok " : "FAILED ") + report);
            System.out.println("so far: rounds=" + (done + 1) + " faults=" + faults + " messages=" + messages
                    + " transactions=" + transactions + " failed=" + failed);
        }
        System.out.println("SOAK " + (failed == 0 ? "PASSED" : "FAILED") + ": rounds=" + done + " faults=" + faults
                + " messages=" + messages + " transactions=" + transactions + " failedRounds=" + failed);
        return failed == 0;
    }

    /** On servers of its own, so that no disk fills up. */
    private static Round.Report round(Round.Plan plan, Path folder) throws Exception {
        List<String> majors = List.of("18", "15", "18", "12");
        try (Servers servers = Servers.start(majors.get(Math.floorMod(plan.seed() / KINDS.size(), majors.size())))) {
            return Round.run(servers, plan, folder);
        }
    }

    /** The seed decides the kind too, so that it alone replays a round. */
    private static Round.Plan plan(long seed) {
        String kind = System.getProperty("soak.kind", "");
        return new Round.Plan(
                seed,
                kind.isEmpty() ? KINDS.get(Math.floorMod(seed, KINDS.size())) : Round.Kind.valueOf(kind),
                Integer.getInteger("soak.faults", 25),
                possible(),
                Long.getLong("soak.changes", 500_000),
                Integer.getInteger("soak.rows", 40_000),
                new Workload.Pace(3, 120, 20_000, 400, Integer.getInteger("soak.rate", 8_000)));
    }

    /** {@code -Dsoak.only=A,B} and {@code -Dsoak.without=A,B}, to look at some faults more closely. */
    private static Set<Fault> possible() {
        Set<Fault> possible = faults("soak.only");
        if (possible.isEmpty()) {
            possible = EnumSet.allOf(Fault.class);
        }
        possible.removeAll(faults("soak.without"));
        return possible;
    }

    private static Set<Fault> faults(String property) {
        String names = System.getProperty(property, "");
        return names.isEmpty()
                ? EnumSet.noneOf(Fault.class)
                : Arrays.stream(names.split(",", -1))
                        .map(Fault::valueOf)
                        .collect(Collectors.toCollection(() -> EnumSet.noneOf(Fault.class)));
    }
}
