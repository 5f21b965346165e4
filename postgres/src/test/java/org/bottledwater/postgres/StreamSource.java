package org.bottledwater.postgres;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.bottledwater.change.Lsn;
import org.bottledwater.sandbox.Waiting;

/** A slot of a test, its publications and its stream. */
final class StreamSource implements AutoCloseable {
    /** A way to read a stream: server, plugin, text or binary. */
    record Way(String major, Plugin plugin, boolean binary) {}

    static Stream<Way> ways() {
        return Stream.of(
                new Way("18", Plugin.PGOUTPUT, true),
                new Way("18", Plugin.PGOUTPUT, false),
                new Way("18", Plugin.TEST_DECODING, false),
                new Way("15", Plugin.PGOUTPUT, true),
                new Way("15", Plugin.TEST_DECODING, false),
                new Way("12", Plugin.PGOUTPUT, false),
                new Way("12", Plugin.TEST_DECODING, false),
                new Way("9.5", Plugin.TEST_DECODING, false));
    }

    final TestDatabase database;
    final Postgres postgres;
    final Postgres resolving;
    final Way way;
    final String slot = TestDatabase.slotName();
    final Publications publications;
    final Recorder recorder = new Recorder();

    StreamSource(TestDatabase database, Way way) {
        this.database = database;
        this.way = way;
        this.postgres = Postgres.connect(database.address());
        this.resolving = Postgres.connect(database.address());
        this.publications = new Publications(postgres, slot);
    }

    void create() {
        if (way.plugin() == Plugin.PGOUTPUT) {
            publications.ensure(new Catalog(postgres).tables());
        }
        new Slots(postgres).create(slot, way.plugin()).close();
    }

    /** 9.5 does not say what the slot knows, but what its consumer said. */
    long confirmed() {
        if (postgres.serverVersion() >= 90600) {
            return new Slots(postgres).find(slot).orElseThrow().confirmedFlushLsn();
        }
        try {
            return Lsn.parse(database.query("SELECT coalesce(max(flush_location::text), '0/0')"
                    + " FROM pg_stat_replication JOIN pg_replication_slots ON active_pid = pid"
                    + " WHERE slot_name = '" + slot + "'"));
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    ReplicationStream start(long lsn) {
        StreamOptions options = new StreamOptions(
                slot,
                way.plugin(),
                publications.names(),
                way.binary(),
                false,
                lsn,
                postgres.serverVersion(),
                Duration.ofMillis(200),
                Duration.ofSeconds(60));
        return ReplicationStream.start(database.address(), options, new Catalog(resolving).resolver(List.of()));
    }

    void poll(ReplicationStream stream, int commits) throws InterruptedException {
        Waiting.until(commits + " commits, got " + recorder.lines, () -> {
            stream.poll(recorder);
            return recorder.commits >= commits;
        });
    }

    @Override
    public void close() {
        new Slots(postgres).drop(slot);
        publications.drop();
        postgres.close();
        resolving.close();
    }
}
