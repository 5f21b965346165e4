package org.bottledwater.pipeline;

/** What is to happen with the rows of one version of a table. */
sealed interface Route permits Outlet, Route.Ignored, Route.Refused {

    /** The table is not captured. */
    record Ignored() implements Route {
        static final Ignored INSTANCE = new Ignored();
    }

    /** None of its rows can be delivered, for {@code reason}; the error policy decides on each. */
    record Refused(RuntimeException reason, long retryAtNanos) implements Route {}
}
