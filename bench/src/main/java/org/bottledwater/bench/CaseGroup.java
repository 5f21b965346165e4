package org.bottledwater.bench;

import java.util.ArrayList;
import java.util.List;
import org.bottledwater.bench.BacklogCase.Kind;
import org.bottledwater.bench.DecodingLimit.Way;

/** What {@code --cases} chooses from. */
enum CaseGroup {
    ceilings {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(
                    new CopyLimit(Shape.TYPICAL, plan.rows()),
                    new DecodingLimit(Way.WALSENDER, Shape.TYPICAL, plan.rows(), 1000),
                    new DecodingLimit(Way.STRETCHES, Shape.TYPICAL, plan.rows(), 1000),
                    new DecodingLimit(Way.WALSENDER, Shape.TYPICAL, plan.rows() / 2, 1),
                    new DecodingLimit(Way.STRETCHES, Shape.TYPICAL, plan.rows() / 2, 1),
                    new ProducerLimit(plan.kafka(), MESSAGE_BYTES, plan.rows()));
        }
    },
    snapshot {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(new SnapshotCase(Shape.TYPICAL, plan.rows()));
        }
    },
    large {
        @Override
        List<Case> cases(Plan plan) {
            return plan.largeRows() == 0 ? List.of() : List.of(new SnapshotCase(Shape.TYPICAL, plan.largeRows()));
        }
    },
    shapes {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(
                    new SnapshotCase(Shape.NARROW, plan.rows()),
                    new SnapshotCase(Shape.WIDE, plan.rows() / 4),
                    new BacklogCase(Kind.INSERT, Shape.NARROW, plan.rows(), 1000),
                    new BacklogCase(Kind.INSERT, Shape.WIDE, plan.rows() / 4, 1000));
        }
    },
    backlog {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(
                    new BacklogCase(Kind.INSERT, Shape.TYPICAL, plan.rows() / 2, 1),
                    new BacklogCase(Kind.INSERT, Shape.TYPICAL, plan.rows(), 10),
                    new BacklogCase(Kind.INSERT, Shape.TYPICAL, plan.rows(), 1000),
                    new BacklogCase(Kind.INSERT, Shape.TYPICAL, plan.rows(), plan.rows()));
        }
    },
    kinds {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(
                    new BacklogCase(Kind.UPDATE, Shape.TYPICAL, plan.rows(), 10),
                    new BacklogCase(Kind.DELETE, Shape.TYPICAL, plan.rows(), 1000));
        }
    },
    latency {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(new LatencyCase(1000, plan.seconds()), new LatencyCase(5000, plan.seconds()));
        }
    },
    load {
        @Override
        List<Case> cases(Plan plan) {
            return List.of(new LoadCase(1, plan.seconds()), new LoadCase(4, plan.seconds()));
        }
    };

    /** As many as key, value and headers of a typical row have. */
    private static final int MESSAGE_BYTES = 170;

    private static final int WARM_UP_ROWS = 1_000_000;

    /** Until the broker has compiled what it does for transactions, some thousand of them. */
    private static final int WARM_UP_SECONDS = 60;

    /** What is done before anything is measured. */
    static List<Case> warmUp(Plan plan) {
        List<Case> cases = new ArrayList<>(List.of(new SnapshotCase(Shape.TYPICAL, WARM_UP_ROWS)));
        if (plan.groups().contains(latency) || plan.groups().contains(load)) {
            cases.add(new LatencyCase(1000, WARM_UP_SECONDS));
        }
        return cases;
    }

    abstract List<Case> cases(Plan plan);
}
