package org.bottledwater.pipeline;

import org.bottledwater.kafka.CheckpointState;

/**
 * Those who copy the tables together, perhaps on several machines. They know of one another only what each has committed:
 * the one who leads calls for a copy, and the others say so when their {@link Share} is in Kafka.
 */
public interface Companions {
    /** Of one who is alone. */
    Companions NONE = new Companions() {
        @Override
        public int count() {
            return 1;
        }

        @Override
        public CheckpointState of(int number) {
            return CheckpointState.NONE;
        }
    };

    /** How many there are, the one who asks among them. */
    int count();

    /**
     * What that share has committed last. There may be more numbers than {@link #count}, of a time when there were more.
     *
     * @throws org.bottledwater.change.ConnectionException if there is no answer
     */
    CheckpointState of(int number);
}
