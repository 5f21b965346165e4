package org.bottledwater.cli.schema;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/** What is drawn from the seed. */
final class Dice {
    private final Random random;

    Dice(long seed) {
        // Seeds that are close together would begin alike.
        random = new Random(new SplittableRandom(seed).nextLong());
    }

    /** From 0 on, below {@code bound}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both ends may come. */
    int between(int first, int last) {
        return first + random.nextInt(last - first + 1);
    }

    boolean percent(int chance) {
        return random.nextInt(100) < chance;
    }

    <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    <T> Optional<T> pick(List<T> from, Predicate<T> fit) {
        List<T> fitting = from.stream().filter(fit).toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.of(pick(fitting));
    }
}
