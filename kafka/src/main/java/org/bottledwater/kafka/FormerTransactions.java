package org.bottledwater.kafka;

import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an exactly-once run of the slot left open when it was killed. Readers of committed messages see nothing behind it
 * until the broker ends it, 15 minutes later or so: a run that has no transactions itself ends it at its start, and shuts
 * out an instance that was only frozen.
 */
final class FormerTransactions {
    private static final Logger LOG = LoggerFactory.getLogger(FormerTransactions.class);

    private FormerTransactions() {}

    /** @throws KafkaException what the broker answers */
    static void end(Topics topics, List<String> transactionalIds) {
        List<String> known = known(topics, transactionalIds);
        if (known.isEmpty()) {
            return;
        }
        try {
            new Answers().of(topics.admin().fenceProducers(known).all());
        } catch (AuthorizationException e) {
            LOG.warn(
                    "cannot end Kafka transactions that an exactly-once run may have left open: transactional.id={}: {};"
                            + " readers of committed messages may have to wait until they expire. Grant Write on these"
                            + " transactional ids",
                    known,
                    e.getMessage());
        }
    }

    /** To ask for one that never was would make it. */
    private static List<String> known(Topics topics, List<String> transactionalIds) {
        List<String> known = new ArrayList<>();
        Answers answers = new Answers();
        var described = topics.admin().describeTransactions(transactionalIds);
        for (String id : transactionalIds) {
            try {
                LOG.debug("found transactional.id={}: {}", id, answers.of(described.description(id)));
                known.add(id);
            } catch (TransactionalIdNotFoundException e) {
                // No exactly-once run, or none for a week.
            } catch (AuthorizationException e) {
                LOG.debug("may not look at transactional.id={}", id, e);
            } catch (UnsupportedVersionException e) {
                // A broker before 3.0 does not tell.
                known.add(id);
            }
        }
        return known;
    }
}
