package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.bottledwater.change.Lsn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresTest {
    private static final Map<String, String> PINNED = new TreeMap<>(Map.of(
            "DateStyle", "ISO, DMY",
            "IntervalStyle", "iso_8601",
            "TimeZone", "UTC",
            "extra_float_digits", "3",
            "bytea_output", "hex",
            "client_encoding", "UTF8",
            "search_path", "pg_catalog",
            "standard_conforming_strings", "on",
            "quote_all_identifiers", "off",
            "application_name", "bottledwater"));

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldPinWhateverShowsInValues(String major) throws SQLException {
        TimeZone before = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("America/New_York"));
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            for (Map.Entry<String, String> setting : PINNED.entrySet()) {
                assertThat(setting.getKey() + "=" + show(postgres.jdbc(), setting.getKey()))
                        .isEqualTo(setting.getKey() + "=" + setting.getValue());
            }
            assertThat(show(postgres.jdbc(), "statement_timeout")).isEqualTo("0");
            if (postgres.serverVersion() >= 100000) { // a walsender before 10 knows no SHOW
                try (Connection walsender = Sessions.replication(database.address())) {
                    for (Map.Entry<String, String> setting : PINNED.entrySet()) {
                        assertThat(setting.getKey() + "=" + show(walsender, setting.getKey()))
                                .isEqualTo(setting.getKey() + "=" + setting.getValue());
                    }
                }
            }
        } finally {
            TimeZone.setDefault(before);
        }
    }

    private static String show(Connection connection, String setting) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW " + setting)) {
            row.next();
            return row.getString(1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldKnowTheServer(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            assertThat(postgres.serverVersionText()).startsWith(major + ".");
            assertThat(Integer.toString(postgres.serverVersion())).isEqualTo(database.query("SHOW server_version_num"));
            if (major.equals("9.5")) { // it tells SQL from 9.6 on
                assertThat(postgres.systemIdentifier()).matches("[0-9]{15,20}");
            } else {
                assertThat(postgres.systemIdentifier())
                        .isEqualTo(database.query("SELECT system_identifier FROM pg_control_system()"));
            }
            assertThat(postgres.timeline()).isEqualTo(new Timeline(1, List.of()));
            assertThat(postgres.database()).startsWith("Db ");
            long before = postgres.currentWalLsn();
            database.execute("CREATE TABLE t ()");
            assertThat(Lsn.isBefore(before, postgres.currentWalLsn())).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "9.5"})
    void shouldConnectThroughAUnixSocket(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres =
                        Postgres.connect(TestDatabase.parse("postgres:///" + database.name() + "?user=postgres&host="
                                + database.server().socketDirectory() + "&port="
                                + database.server().port()))) {
            assertThat(show(postgres.jdbc(), "search_path")).isEqualTo("pg_catalog");
            assertThat(postgres.systemIdentifier()).isNotEmpty();
        }
    }

    /** Met once in a first copy beside pgbench that was killed: the next start ended with "invalid input syntax". */
    @Test
    void shouldPutASnapshotOfANewSlotInOrder() {
        assertThat(Postgres.inOrder("19723:19722:")).isEqualTo("19723:19723:");
        assertThat(Postgres.inOrder("740:741:740")).isEqualTo("740:741:740");
        assertThat(Postgres.inOrder("740:740:")).isEqualTo("740:740:");
    }

    @Test
    void shouldRefuseAWrongPasswordWithoutRepeatingIt() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18")) {
            database.execute("DO $$ BEGIN CREATE ROLE locked_out LOGIN PASSWORD 'right'; "
                    + "EXCEPTION WHEN duplicate_object THEN NULL; END $$");
            PostgresAddress wrong = database.addressOf("locked_out:s3cret");
            assertThatThrownBy(() -> Postgres.connect(wrong))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("password authentication failed for user \"locked_out\"")
                    .hasMessageContaining("~/.pgpass")
                    .hasMessageNotContaining("s3cret");
            assertThatThrownBy(() -> Postgres.connect(database.addressOf("locked_out")))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("PGPASSWORD");
            try (Postgres postgres = Postgres.connect(database.addressOf("locked_out:right"))) {
                assertThat(postgres.serverVersion()).isGreaterThan(180000);
                assertThatThrownBy(postgres::systemIdentifier)
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("ALTER ROLE")
                        .hasMessageContaining("REPLICATION");
            }
        }
    }

    @Test
    void shouldTellAMissingDatabaseFromAServerThatIsAway() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18")) {
            String server = "postgres://postgres@127.0.0.1:" + database.server().port();
            assertThatThrownBy(() -> Postgres.connect(TestDatabase.parse(server + "/nowhere")))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("database \"nowhere\" does not exist. Check the database's name");
            assertThatThrownBy(() -> Postgres.connect(TestDatabase.parse("postgres://postgres@127.0.0.1:1/db")))
                    .isInstanceOf(ConnectionException.class)
                    .hasMessageContaining("cannot connect: host=127.0.0.1:1 database=db user=postgres");
            PostgresAddress second = TestDatabase.parse("postgres://postgres@127.0.0.1:1,127.0.0.1:"
                    + database.server().port() + "/" + database.name());
            try (Postgres postgres = Postgres.connect(second)) {
                assertThat(postgres.serverVersion()).isGreaterThan(180000);
            }
        }
    }
}
