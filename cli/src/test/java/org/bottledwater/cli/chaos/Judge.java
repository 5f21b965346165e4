package org.bottledwater.cli.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.bottledwater.change.Lsn;
import org.bottledwater.cli.chaos.KafkaLog.Entry;
import org.bottledwater.cli.chaos.KafkaLog.Producer;
import org.bottledwater.cli.chaos.KafkaLog.Rest;
import org.jspecify.annotations.Nullable;

/**
 * Reads every message after a round. The folded topics equal the tables; the versions of a key rise; each transaction of
 * PostgreSQL is there once, with as many messages as its entry in the ledger says, all in one Kafka transaction.
 *
 * <p>What lies before the end of a copy that was taken up again is told by the fold alone: such a copy may show a row
 * before the stream brings it, and the stream leaves out what the copy shows.
 */
final class Judge {
    private static final int TOLD = 20;

    private final Connection database;
    private final Topics topics;
    private final KafkaLog log;
    private final boolean exactlyOnce;
    private final List<String> problems = new ArrayList<>();
    private final Map<Long, Seen> seen = new HashMap<>();
    private final Map<Long, Integer> ledger = new HashMap<>();
    private final Set<Long> toldTags = new HashSet<>();
    private final Set<Producer> kafkaTransactions = new HashSet<>();
    private long snapshotLsn;
    private long messages;

    /** What was judged, and what is wrong. */
    record Verdict(long messages, long transactions, long kafkaTransactions, List<String> problems) {}

    /** The messages of a transaction of PostgreSQL. */
    private static final class Seen {
        final Producer transaction;
        final long lsn;
        int messages;
        boolean torn;
        /** Of its entry in the ledger. */
        long tag = -1;

        Seen(Producer transaction, long lsn) {
            this.transaction = transaction;
            this.lsn = lsn;
        }
    }

    Judge(Connection database, Topics topics, KafkaLog log, boolean exactlyOnce) {
        this.database = database;
        this.topics = topics;
        this.log = log;
        this.exactlyOnce = exactlyOnce;
    }

    Verdict judge() throws IOException, SQLException {
        readLedger();
        for (Workload.Table table : all()) {
            findSnapshot(table.name());
        }
        for (Workload.Table table : all()) {
            readTopic(table);
        }
        if (exactlyOnce) {
            seen.forEach(this::judgeTransaction);
        }
        ledger.keySet().stream()
                .filter(tag -> !toldTags.contains(tag))
                .forEach(tag -> problem("lost: no message for the ledger's tag=" + tag));
        for (Workload.Table table : Workload.TABLES) {
            fold(table);
        }
        return new Verdict(messages, seen.size(), kafkaTransactions.size(), List.copyOf(problems));
    }

    private static List<Workload.Table> all() {
        List<Workload.Table> all = new ArrayList<>(Workload.TABLES);
        all.add(new Workload.Table(Workload.LEDGER, "tag::text"));
        return all;
    }

    private void readLedger() throws SQLException {
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery("SELECT tag, changes FROM " + Workload.LEDGER)) {
            while (row.next()) {
                ledger.put(row.getLong(1), row.getInt(2));
            }
        }
    }

    /** The newest position at which a copy was taken. */
    private void findSnapshot(String table) throws IOException {
        log.read(topics.topic(table), entry -> {
            if (header(entry, "pg.op").equals("snapshot")) {
                snapshotLsn = Lsn.max(snapshotLsn, Lsn.parse(header(entry, "pg.lsn")));
            }
        });
    }

    private void readTopic(Workload.Table table) throws IOException {
        Map<String, Long> versions = new HashMap<>();
        Map<String, Set<Long>> before = new HashMap<>();
        List<Rest> rests = log.read(topics.topic(table.name()), entry -> {
            messages++;
            kafkaTransactions.add(entry.transaction());
            String key = topics.key(entry.message().key());
            Topics.Row row = topics.row(entry.message().value());
            boolean copied = header(entry, "pg.op").equals("snapshot");
            if (table.name().equals(Workload.LEDGER) && row != null) {
                toldTags.add(row.tag());
            }
            if (!copied) {
                count(entry, table, row);
            }
            if (row != null && !table.name().equals(Workload.LEDGER)) {
                judgeVersion(table.name() + " " + key, row, isStrict(entry, copied), versions, before);
            }
        });
        rests.stream()
                .filter(rest -> rest.open() > 0)
                .forEach(rest -> problem("a Kafka transaction was left open: " + rest));
        long visible = topics.count(topics.topic(table.name()));
        long committed = rests.stream().mapToLong(Rest::committed).sum();
        if (visible != committed) {
            problem("a consumer sees another number of messages: topic=" + table.name() + " visible=" + visible
                    + " committed=" + committed);
        }
    }

    private boolean isStrict(Entry entry, boolean copied) {
        String lsn = header(entry, "pg.lsn");
        return !copied && (lsn.isEmpty() || Lsn.isBefore(snapshotLsn, Lsn.parse(lsn)));
    }

    private void count(Entry entry, Workload.Table table, Topics.@Nullable Row row) {
        long xid = Long.parseLong(header(entry, "pg.xid"));
        String lsn = header(entry, "pg.lsn");
        Seen transaction = seen.computeIfAbsent(
                xid, id -> new Seen(entry.transaction(), lsn.isEmpty() ? Long.MAX_VALUE : Lsn.parse(lsn)));
        transaction.messages++;
        transaction.torn |= !transaction.transaction.equals(entry.transaction());
        if (table.name().equals(Workload.LEDGER) && row != null) {
            transaction.tag = row.tag();
        }
    }

    private void judgeVersion(
            String key, Topics.Row row, boolean strict, Map<String, Long> versions, Map<String, Set<Long>> before) {
        long last = versions.getOrDefault(key, -1L);
        if (!exactlyOnce) {
            // It may come again from some point on, but not for the first time when a newer one has been.
            boolean again = !before.computeIfAbsent(key, k -> new HashSet<>()).add(row.version());
            if (!again && row.version() <= last) {
                problem("out of order: " + key + " version=" + row.version() + " after=" + last);
            }
        } else if (strict && row.version() <= last) {
            problem((row.version() == last ? "doubled: " : "out of order: ") + key + " version=" + row.version()
                    + " after=" + last + " tag=" + row.tag());
        }
        versions.put(key, Math.max(last, row.version()));
    }

    private void judgeTransaction(long xid, Seen transaction) {
        if (transaction.torn) {
            problem("torn: xid=" + xid + " tag=" + transaction.tag + " is in several Kafka transactions");
        }
        boolean strict = Lsn.isBefore(snapshotLsn, transaction.lsn);
        if (transaction.tag < 0) {
            if (strict) {
                problem("torn: xid=" + xid + " has messages=" + transaction.messages + " but no entry in the ledger");
            }
            return;
        }
        Integer expected = ledger.get(transaction.tag);
        if (expected == null) {
            problem("of nothing: tag=" + transaction.tag + " was rolled back");
        } else if (strict ? transaction.messages != expected + 1 : transaction.messages > expected + 1) {
            problem("torn or doubled: xid=" + xid + " tag=" + transaction.tag + " messages=" + transaction.messages
                    + " expected=" + (expected + 1));
        }
    }

    /** As an ordinary consumer sees it. */
    private void fold(Workload.Table table) throws SQLException {
        Map<String, Topics.Row> folded = topics.fold(topics.topic(table.name()));
        try (Statement statement = database.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + table.key() + ", version, tag, md5(payload) FROM " + table.name())) {
            while (row.next()) {
                Topics.Row expected = new Topics.Row(row.getLong(2), row.getLong(3), row.getString(4));
                Topics.Row found = folded.remove(row.getString(1));
                if (!expected.equals(found)) {
                    problem("the topic differs: table=" + table.name() + " key=" + row.getString(1) + " expected="
                            + expected + " found=" + found);
                }
            }
        }
        folded.forEach((extra, row) ->
                problem("the table has no such row: table=" + table.name() + " key=" + extra + " found=" + row));
    }

    private void problem(String what) {
        if (problems.size() < TOLD) {
            problems.add(what);
        }
    }

    private static String header(Entry entry, String name) {
        for (Header header : entry.message().headers()) {
            if (header.key().equals(name)) {
                return new String(header.value(), UTF_8);
            }
        }
        return "";
    }
}
