package org.bottledwater.cli.schema;

import java.nio.file.Path;
import java.util.Set;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Sandbox;
import org.junit.jupiter.api.Test;

/**
 * Random changes of tables, other ones each time, in runs of which each prints its seed.
 *
 * <pre>
 *   -Dseed=N             the seed of the first run; the next run has the next one
 *   -Dsteps=N            so many transactions in all
 *   -Dsteps.run=N        and so many in each run
 *   -Dfamilies=A,B       kinds of changes besides ROWS, see {@link Family}; ALL,!A: all but one; DEFAULT
 *   -Dmajor=N            of PostgreSQL
 *   -Dplugin=, -Dformat=, -Dpublication=   pgoutput or test_decoding, avro or json, own or user
 *   -Drename=            what --on-rename is given
 *   -Dpatience=SECONDS   until the topics have to be the tables
 *   -Dreplay=FILE        does what the file steps.sql of an earlier run says
 * </pre>
 */
class SchemaChangesTest {
    /** So that no broker gets thousands of topics. */
    private static final int RUNS_OF_SERVERS = 20;

    private final String major = System.getProperty("major", "18");
    private final Set<Family> families = Family.parse(System.getProperty("families", ""));
    private final int steps = Integer.getInteger("steps", 2000);
    private final int stepsOfRun = Integer.getInteger("steps.run", 500);
    private final long seed = Long.getLong("seed", System.currentTimeMillis());
    private int run;
    private int done;

    @Test
    void shouldKeepTheTopicsEqualToTheTablesWhateverHappensToThese() throws Exception {
        while (done < steps) {
            try (Sandbox servers = Sandbox.start(PostgresOptions.of(major), line -> {})) {
                for (int i = 0; i < RUNS_OF_SERVERS && done < steps; i++) {
                    run(servers);
                }
            }
        }
    }

    private void run(Sandbox servers) throws Exception {
        int count = Math.min(stepsOfRun, steps - done);
        Plan plan = Plan.of(seed + run, count, "changes" + run, major, families);
        System.out.println("SchemaChangesTest: " + plan);
        System.out.println(SchemaRun.run(servers, plan, Path.of("target", "schema-changes", "seed-" + plan.seed())));
        run++;
        done += count;
    }
}
