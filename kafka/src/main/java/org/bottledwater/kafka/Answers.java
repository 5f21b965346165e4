package org.bottledwater.kafka;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;

/** Waits for what Kafka's admin client was asked, all in all for no longer than a deadline. */
final class Answers {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final long deadline;

    Answers() {
        this(PATIENCE);
    }

    Answers(Duration patience) {
        this.deadline = System.nanoTime() + patience.toNanos();
    }

    /**
     * @throws KafkaException what the broker or the client answered
     * @throws LateException at the deadline
     */
    <T> T of(KafkaFuture<T> future) {
        try {
            return future.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new LateException();
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException cause ? cause : new KafkaException(e.getCause());
        }
    }

    static void pause(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** The time is over. */
    static final class LateException extends RuntimeException {
        private static final long serialVersionUID = 1;

        LateException() {
            super("no answer in time");
        }
    }
}
