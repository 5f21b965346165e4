package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.bottledwater.sandbox.PostgresOptions;
import org.bottledwater.sandbox.PostgresServer;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SlotsTest {
    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldCreateFindAndDrop(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            Slots slots = new Slots(postgres);
            String name = TestDatabase.slotName();
            Plugin plugin = major.equals("9.5") ? Plugin.TEST_DECODING : Plugin.PGOUTPUT;
            assertThat(slots.find(name)).isEmpty();
            try (SlotCreation creation = slots.create(name, plugin)) {
                assertThat(creation.snapshotName()).isNotEmpty();
                Slot slot = slots.find(name).orElseThrow();
                assertThat(slot.name()).isEqualTo(name);
                assertThat(slot.plugin()).isEqualTo(plugin.sqlName());
                assertThat(slot.database()).isEqualTo(postgres.database());
                assertThat(slot.confirmedFlushLsn())
                        .isEqualTo(postgres.serverVersion() >= 90600 ? creation.consistentPoint() : Lsn.INVALID);
                assertThat(slot.restartLsn()).isNotZero();
                assertThat(slot.walStatus()).isEqualTo(postgres.serverVersion() >= 130000 ? "reserved" : "");
                assertThatThrownBy(() -> slots.create(name, plugin))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("already exists");
            }
            slots.drop(name);
            assertThat(slots.find(name)).isEmpty();
            slots.drop(name);
        }
    }

    /** Under small transactions this server hangs in one creation out of five. */
    @Test
    void shouldNotHangWhereTheServerDoes() throws Exception {
        try (TestDatabase database = TestDatabase.create("9.5");
                Postgres postgres = Postgres.connect(database.address())) {
            assertThat(SlotWait.mayHang(postgres.serverVersion())).isTrue();
            AtomicBoolean ending = new AtomicBoolean();
            List<CompletableFuture<Void>> writers = Stream.of("a", "b", "c")
                    .map(table -> CompletableFuture.runAsync(() -> write(database, table, ending)))
                    .toList();
            Slots slots = new Slots(postgres);
            for (int i = 0; i < 6; i++) {
                String name = TestDatabase.slotName();
                try (SlotCreation creation = slots.create(name, Plugin.TEST_DECODING)) {
                    assertThat(slots.find(creation.name())).isPresent();
                }
                slots.drop(name);
            }
            ending.set(true);
            for (CompletableFuture<Void> writer : writers) {
                writer.get(60, TimeUnit.SECONDS);
            }
        }
    }

    private static void write(TestDatabase database, String table, AtomicBoolean ending) {
        try (Postgres postgres = Postgres.connect(database.address());
                Statement statement = postgres.jdbc().createStatement()) {
            statement.execute("CREATE TABLE public." + table + " (i int)");
            statement.execute("SET synchronous_commit = off");
            while (!ending.get()) {
                statement.execute("INSERT INTO public." + table + " VALUES (1)");
            }
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldKnowWhichServersHang() {
        assertThat(IntStream.of(90412, 90507, 90603).allMatch(SlotWait::mayHang))
                .isTrue();
        assertThat(IntStream.of(90413, 90424, 90508, 90604, 100000, 180001).noneMatch(SlotWait::mayHang))
                .isTrue();
    }

    @Test
    void shouldRefuseNamesThatPostgresRefuses() {
        for (String name : new String[] {"", "Upper", "a-b", "a".repeat(64), "a b"}) {
            assertThatThrownBy(() -> Slots.requireValidName(name))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("slot=" + name);
        }
        assertThat(Slots.requireValidName("a".repeat(63))).hasSize(63);
    }

    @Test
    void shouldSayThatPgoutputIsTooNew() throws SQLException {
        try (TestDatabase database = TestDatabase.create("9.5");
                Postgres postgres = Postgres.connect(database.address())) {
            assertThatThrownBy(() -> new Slots(postgres).create("s", Plugin.PGOUTPUT))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("pgoutput needs PostgreSQL 10")
                    .hasMessageContaining("--plugin=test_decoding");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldWaitForRunningTransactionsUntilInterrupted(String major) throws Exception {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address());
                Postgres second = Postgres.connect(database.address());
                Connection writer = database.open();
                Statement statement = writer.createStatement()) {
            statement.execute("BEGIN; CREATE TABLE t ()");
            String interrupted = TestDatabase.slotName();
            AtomicReference<Throwable> outcome = new AtomicReference<>();
            Thread creator = new Thread(() -> {
                try {
                    new Slots(postgres)
                            .create(interrupted, Plugin.TEST_DECODING)
                            .close();
                } catch (RuntimeException e) {
                    outcome.set(e);
                }
            });
            creator.start();
            Slots slots = new Slots(second);
            Waiting.until("slot appears", () -> slots.find(interrupted).isPresent());
            creator.interrupt();
            creator.join(10_000);
            assertThat(outcome.get())
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageContaining("slot=" + interrupted);
            Waiting.until("slot is gone", () -> slots.find(interrupted).isEmpty());

            String name = TestDatabase.slotName();
            CompletableFuture<SlotCreation> creation =
                    CompletableFuture.supplyAsync(() -> new Slots(postgres).create(name, Plugin.TEST_DECODING));
            Waiting.until("slot appears", () -> slots.find(name).isPresent());
            assertThat(creation).isNotDone();
            statement.execute("COMMIT");
            creation.get().close();
            slots.drop(name);
        }
    }

    @Test
    void shouldSayWhichSettingIsMissing() throws SQLException {
        try (PostgresServer server = PostgresServer.start(
                        PostgresOptions.of("15").with("wal_level", "replica").with("max_replication_slots", "1"));
                TestDatabase database = TestDatabase.create(server);
                Postgres postgres = Postgres.connect(database.address())) {
            assertThatThrownBy(() -> new Slots(postgres).create("s", Plugin.PGOUTPUT))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("ALTER SYSTEM SET wal_level = logical");
            database.execute("SELECT pg_create_physical_replication_slot('only')");
            assertThat(new Slots(postgres).find("only").orElseThrow())
                    .isEqualTo(new Slot("only", "", "", false, 0, Lsn.INVALID, Lsn.INVALID, "", false, ""));
        }
    }

    @Test
    void shouldSayThatAllSlotsAreTaken() throws SQLException {
        try (PostgresServer server =
                        PostgresServer.start(PostgresOptions.of("18").with("max_replication_slots", "1"));
                TestDatabase database = TestDatabase.create(server);
                Postgres postgres = Postgres.connect(database.address())) {
            Slots slots = new Slots(postgres);
            slots.create("one", Plugin.PGOUTPUT).close();
            assertThatThrownBy(() -> slots.create("two", Plugin.PGOUTPUT))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("all replication slots are in use. Raise max_replication_slots");
        }
    }
}
