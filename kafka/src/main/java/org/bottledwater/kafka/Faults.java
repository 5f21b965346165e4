package org.bottledwater.kafka;

import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.InvalidTxnTimeoutException;
import org.apache.kafka.common.errors.PolicyViolationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;

/** Says of a failure of Kafka's clients whose turn it is: a person's, or time's. */
final class Faults {
    private Faults() {}

    /** @param doing what was tried, as the beginning of a sentence: {@code cannot create topic: topic=orders} */
    static RuntimeException of(String doing, Throwable failure) {
        Throwable cause = root(failure);
        String message = doing + ": " + describe(cause);
        if (failure instanceof InterruptedException || has(failure, InterruptException.class)) {
            return new ConnectionException(doing + ": interrupted", failure);
        }
        if (cause instanceof TopicAuthorizationException e) {
            return new ConfigurationException(
                    message + "; grant Describe, Create, DescribeConfigs and Write on topics=" + e.unauthorizedTopics()
                            + " to the user that this program connects as",
                    failure);
        }
        if (cause instanceof TransactionalIdAuthorizationException) {
            return new ConfigurationException(
                    message + "; grant Write and Describe on the transactional id, or use --delivery=at-least-once",
                    failure);
        }
        if (cause instanceof InvalidTxnTimeoutException) {
            return new ConfigurationException(
                    message + "; set -C transaction.timeout.ms to the broker's transaction.max.timeout.ms or less",
                    failure);
        }
        if (cause instanceof RecordTooLargeException) {
            return new ConfigurationException(
                    message + "; the topic's max.message.bytes has become smaller, or this program may not read it:"
                            + " raise it, or grant DescribeConfigs on the topic, and start again",
                    failure);
        }
        if (needsPerson(cause)) {
            return new ConfigurationException(message, failure);
        }
        return new ConnectionException(message, failure);
    }

    private static boolean needsPerson(Throwable cause) {
        return cause instanceof AuthenticationException
                || cause instanceof AuthorizationException
                || (cause instanceof ConfigException && !isUnresolved(cause))
                || cause instanceof InvalidConfigurationException
                || cause instanceof InvalidPartitionsException
                || cause instanceof InvalidReplicationFactorException
                || cause instanceof InvalidTimestampException
                || cause instanceof InvalidRecordException
                || isInvalidBatch(cause)
                || cause instanceof InvalidTopicException
                || cause instanceof PolicyViolationException
                || cause instanceof UnsupportedVersionException;
    }

    /** Of a batch in which one message is invalid, the others fail with this. */
    static boolean isInvalidBatch(Throwable cause) {
        return cause.getClass() == KafkaException.class
                && String.valueOf(cause.getMessage()).contains("invalid record");
    }

    /** A name server that is away is an outage, though Kafka's clients call it a wrong setting. */
    private static boolean isUnresolved(Throwable cause) {
        return String.valueOf(cause.getMessage()).startsWith("No resolvable bootstrap urls");
    }

    /** Kafka wraps the reason in futures' exceptions and in its own general one. */
    static Throwable root(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null
                && (cause instanceof ExecutionException || cause.getClass() == KafkaException.class)) {
            cause = cause.getCause();
        }
        return cause;
    }

    static boolean has(Throwable failure, Class<? extends Throwable> type) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (type.isInstance(cause)) {
                return true;
            }
        }
        return false;
    }

    private static String describe(Throwable cause) {
        String message = cause.getMessage();
        return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
    }
}
