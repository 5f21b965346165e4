package org.bottledwater.cli.chaos;

import java.sql.SQLException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bottledwater.sandbox.Proxy;

/** What can go wrong. A fault is over when {@link #strike} returns, but for connections that stay half open. */
enum Fault {
    PROGRAM_KILLED((scene, random) -> scene.instance(random).kill()),
    PROGRAM_TERMINATED((scene, random) -> scene.instance(random).terminate()),
    PROGRAM_FROZEN((scene, random) -> {
        Instance instance = scene.instance(random);
        instance.signal("STOP");
        pause(random, 3000);
        instance.signal("CONT");
    }),
    PROGRAM_FAILPOINT((scene, random) -> {
        Failpoint point = scene.failpoint(random);
        scene.instance(random).end(point, 1 + random.nextInt(point.passings));
        // It takes a while to start, and to come there.
        pause(random, 5000);
    }),
    PROGRAM_RIVALLED((scene, random) -> {
        Instance rival = scene.rival();
        pause(random, 4000);
        scene.instance(random).kill();
        pause(random, 4000);
        rival.close();
    }),
    POSTGRES_FAST_RESTART((scene, random) -> scene.servers().postgres.restart()),
    POSTGRES_IMMEDIATE_RESTART((scene, random) -> {
        scene.servers().postgres.stopImmediate();
        scene.servers().postgres.restart();
    }),
    POSTGRES_KILLED((scene, random) -> {
        scene.servers().postgres.kill();
        pause(random, 1000);
        scene.servers().postgres.restart();
    }),
    POSTGRES_FROZEN((scene, random) -> {
        Signals.sendToAll("STOP", scene.servers().postgres.pid());
        pause(random, 4000);
        Signals.sendToAll("CONT", scene.servers().postgres.pid());
    }),
    WALSENDER_TERMINATED((scene, random) -> scene.terminateWalsender()),
    KAFKA_RESTARTED((scene, random) -> scene.servers().kafka.restart()),
    KAFKA_KILLED((scene, random) -> {
        scene.servers().kafka.kill();
        pause(random, 1000);
        scene.servers().kafka.restart();
    }),
    /** For less than its own controller's patience. */
    KAFKA_FROZEN((scene, random) -> {
        Signals.sendToAll("STOP", scene.servers().kafka.pid());
        pause(random, 3000);
        Signals.sendToAll("CONT", scene.servers().kafka.pid());
    }),
    KAFKA_DISK_FULL((scene, random) -> {
        scene.servers().disk.fill();
        pause(random, 4000);
        scene.servers().kafka.kill();
        scene.servers().disk.empty();
        scene.servers().kafka.restart();
    }),
    REGISTRY_KILLED((scene, random) -> {
        scene.servers().registry.kill();
        scene.changeSchema(random);
        pause(random, 1000);
        scene.servers().registry.restart();
    }),
    REGISTRY_FROZEN((scene, random) -> {
        Signals.sendToAll("STOP", scene.servers().registry.pid());
        scene.changeSchema(random);
        pause(random, 3000);
        Signals.sendToAll("CONT", scene.servers().registry.pid());
    }),
    POSTGRES_CUT((scene, random) -> scene.servers().toPostgres.cut()),
    POSTGRES_SLOW(slow(scene -> scene.servers().toPostgres)),
    POSTGRES_THROTTLED(throttled(scene -> scene.servers().toPostgres)),
    POSTGRES_STALLED(stalled(scene -> scene.servers().toPostgres)),
    POSTGRES_SWALLOWED(swallowed(scene -> scene.servers().toPostgres)),
    POSTGRES_REFUSED(refused(scene -> scene.servers().toPostgres)),
    POSTGRES_FORGOTTEN((scene, random) -> scene.servers().toPostgres.forget()),
    KAFKA_CUT((scene, random) -> scene.servers().toKafka.cut()),
    KAFKA_SLOW(slow(scene -> scene.servers().toKafka)),
    KAFKA_THROTTLED(throttled(scene -> scene.servers().toKafka)),
    KAFKA_STALLED(stalled(scene -> scene.servers().toKafka)),
    KAFKA_SWALLOWED(swallowed(scene -> scene.servers().toKafka)),
    KAFKA_REFUSED(refused(scene -> scene.servers().toKafka)),
    KAFKA_FORGOTTEN((scene, random) -> scene.servers().toKafka.forget()),
    REGISTRY_STALLED(withNewSchema(stalled(scene -> scene.servers().toRegistry))),
    REGISTRY_SWALLOWED(withNewSchema(swallowed(scene -> scene.servers().toRegistry))),
    REGISTRY_REFUSED(withNewSchema(refused(scene -> scene.servers().toRegistry)));

    // The lambdas have no state.
    @SuppressWarnings("ImmutableEnumChecker")
    private final Strike strike;

    Fault(Strike strike) {
        this.strike = strike;
    }

    /** What it does, and for how long. */
    @FunctionalInterface
    interface Strike {
        void at(Scene scene, Random random) throws SQLException, InterruptedException;
    }

    void strike(Scene scene, Random random) throws SQLException, InterruptedException {
        strike.at(scene, random);
    }

    private static void pause(Random random, int mostMillis) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(mostMillis));
    }

    private static Strike slow(Function<Scene, Proxy> which) {
        return (scene, random) -> {
            which.apply(scene).delay(20 + random.nextInt(300));
            pause(random, 3000);
            which.apply(scene).heal();
        };
    }

    private static Strike throttled(Function<Scene, Proxy> which) {
        return (scene, random) -> {
            which.apply(scene).throttle(20_000 + random.nextInt(200_000));
            pause(random, 4000);
            which.apply(scene).heal();
        };
    }

    private static Strike stalled(Function<Scene, Proxy> which) {
        return (scene, random) -> {
            which.apply(scene).stall();
            pause(random, 5000);
            which.apply(scene).heal();
        };
    }

    private static Strike swallowed(Function<Scene, Proxy> which) {
        return (scene, random) -> {
            which.apply(scene).swallow();
            pause(random, 4000);
            which.apply(scene).heal();
        };
    }

    private static Strike refused(Function<Scene, Proxy> which) {
        return (scene, random) -> {
            which.apply(scene).refuse();
            pause(random, 4000);
            which.apply(scene).heal();
        };
    }

    private static Strike withNewSchema(Strike strike) {
        return (scene, random) -> {
            scene.changeSchema(random);
            strike.at(scene, random);
        };
    }
}
