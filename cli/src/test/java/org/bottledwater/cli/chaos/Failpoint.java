package org.bottledwater.cli.chaos;

/** Where in the program it can be made to end; each is before or after a method that has been there for long. */
enum Failpoint {
    BEFORE_SEND("org.apache.kafka.clients.producer.KafkaProducer", "send", 20_000),
    AFTER_SEND("org.apache.kafka.clients.producer.KafkaProducer", "send", 20_000),
    AFTER_BEGIN("org.apache.kafka.clients.producer.KafkaProducer", "beginTransaction", 20),
    BEFORE_COMMIT("org.apache.kafka.clients.producer.KafkaProducer", "commitTransaction", 20),
    AFTER_COMMIT("org.apache.kafka.clients.producer.KafkaProducer", "commitTransaction", 20),
    BEFORE_STATUS("org.postgresql.core.v3.replication.V3PGReplicationStream", "forceUpdateStatus", 10),
    AFTER_STATUS("org.postgresql.core.v3.replication.V3PGReplicationStream", "forceUpdateStatus", 10),
    AFTER_FENCING("org.apache.kafka.clients.producer.KafkaProducer", "initTransactions", 1),
    BEFORE_STRETCH("org.bottledwater.postgres.BacklogReader", "begin", 10),
    BEFORE_ADVANCE("org.bottledwater.postgres.BacklogReader", "advance", 10),
    AFTER_ADVANCE("org.bottledwater.postgres.BacklogReader", "advance", 10),
    AFTER_SLOT("org.bottledwater.postgres.Slots", "create", 1),
    BEFORE_CHUNK("org.bottledwater.postgres.SnapshotReader", "copy", 8),
    AFTER_CHUNK("org.bottledwater.postgres.SnapshotReader", "copy", 8);

    final String type;
    final String method;
    /** The program is ended at one of the first so many times that it comes here. */
    final int passings;

    Failpoint(String type, String method, int passings) {
        this.type = type;
        this.method = method;
        this.passings = passings;
    }

    boolean isBefore() {
        return name().startsWith("BEFORE");
    }

    /** Whether it is met by a run that only follows the changes. */
    boolean isOfStream() {
        return compareTo(AFTER_SLOT) < 0;
    }
}
