package org.bottledwater.cli.schema;

import java.nio.file.Path;
import java.util.Set;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.Sandbox;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Random changes of tables, other ones each time. {@code -Dseed=N} repeats those of a failure, {@code -Dsteps=N} does more of them,
 * {@code -Dmajor}, {@code -Dfamilies}, {@code -Dplugin}, {@code -Dformat} and {@code -Dpublication} (own or user) choose what the seed would.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SchemaChangesTest {
    private static final int STEPS_OF_A_RUN = 500;

    private final String major = System.getProperty("major", "18");
    private final Sandbox servers = Sandbox.start(PostgresOptions.of(major), line -> {});

    @AfterAll
    void close() {
        servers.close();
    }

    @Test
    void shouldKeepTheTopicsEqualToTheTablesWhateverHappensToThese() throws Exception {
        Set<Family> families = Family.parse(System.getProperty("families", ""));
        int steps = Integer.getInteger("steps", 2000);
        long first = Long.getLong("seed", System.currentTimeMillis());
        for (int run = 0, done = 0; done < steps; run++) {
            int count = Math.min(STEPS_OF_A_RUN, steps - done);
            Plan plan = Plan.of(first + run, count, "changes" + run, major, families);
            System.out.println("SchemaChangesTest: " + plan);
            System.out.println(
                    SchemaRun.run(servers, plan, Path.of("target", "schema-changes", "seed-" + plan.seed())));
            done += count;
        }
    }
}
