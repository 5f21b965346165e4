package org.bottledwater.pipeline;

import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.pipeline.Finding.Level;

/** Hands findings of one group on, as they are made. */
final class Findings {
    private final Finding.Group group;
    private final Consumer<Finding> listener;

    Findings(Finding.Group group, Consumer<Finding> listener) {
        this.group = group;
        this.listener = listener;
    }

    void ok(String text) {
        listener.accept(new Finding(group, Level.OK, text, List.of()));
    }

    void warn(String text, String... mend) {
        listener.accept(new Finding(group, Level.WARNING, text, List.of(mend)));
    }

    void problem(String text, String... mend) {
        listener.accept(new Finding(group, Level.PROBLEM, text, List.of(mend)));
    }

    /**
     * Does what a run would do, and makes a problem of what the run would end with. The first line of such a message
     * says what is wrong, those that follow what to do.
     *
     * @return whether it went well
     */
    boolean passes(Runnable step) {
        try {
            step.run();
            return true;
        } catch (ConfigurationException | ConnectionException e) {
            String[] lines = String.valueOf(e.getMessage()).split("\n");
            problem(
                    lines[0].replaceAll(":$", ""),
                    Arrays.stream(lines).skip(1).map(String::strip).toArray(String[]::new));
            return false;
        }
    }

    /** The same for a step that is well when it gives a sentence. */
    boolean passes(Supplier<String> step) {
        return passes(() -> ok(step.get()));
    }
}
