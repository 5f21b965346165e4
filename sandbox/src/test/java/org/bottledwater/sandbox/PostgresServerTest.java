package org.bottledwater.sandbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PostgresServerTest {

    /** Not SHOW, since the driver sets its own time zone in every session. */
    private static final String TIME_ZONE =
            "SELECT setting FROM pg_file_settings WHERE lower(name) = 'timezone' AND applied";

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12", "9.5"})
    void shouldStartEveryMajor(String major) throws SQLException {
        try (PostgresServer postgres = PostgresServer.start(major)) {
            assertThat(postgres.version()).startsWith(major + ".");
            assertThat(ask(postgres, "SHOW server_version")).startsWith(major + ".");
            assertThat(ask(postgres, "SHOW wal_level")).isEqualTo("logical");
            assertThat(ask(postgres, "SHOW server_encoding")).isEqualTo("UTF8");
            assertThat(ask(postgres, "SELECT datcollate FROM pg_database WHERE datname = 'postgres'"))
                    .isEqualTo("C");
            assertThat(ask(postgres, TIME_ZONE)).isEqualTo("UTC");
            assertThat(ask(postgres, "SELECT slot_name FROM pg_create_logical_replication_slot('s', 'test_decoding')"))
                    .isEqualTo("s");
            assertThat(Path.of(postgres.socketDirectory(), ".s.PGSQL." + postgres.port()))
                    .exists();
        }
    }

    @Test
    void shouldStartAStandbyThatCanBePromoted() throws SQLException {
        try (PostgresServer primary = PostgresServer.start("18")) {
            ask(primary, "CREATE TABLE copied AS SELECT 1 AS a; SELECT 1");
            ask(primary, "SELECT pg_create_logical_replication_slot('s', 'test_decoding')");
            try (PostgresServer standby = primary.startStandby(
                    Map.of("primary_conninfo", "host=127.0.0.1 port=" + primary.port() + " user=postgres"))) {
                assertThat(ask(standby, "SELECT pg_is_in_recovery() || ' ' || a FROM copied"))
                        .isEqualTo("true 1");
                assertThat(ask(standby, "SELECT count(*) FROM pg_replication_slots"))
                        .isEqualTo("0");
                assertThat(ask(standby, "SELECT pg_promote()")).isEqualTo("t");
                assertThat(ask(standby, "SELECT pg_is_in_recovery()")).isEqualTo("f");
                assertThat(ask(primary, "SELECT pg_is_in_recovery()")).isEqualTo("f");
            }
        }
    }

    @Test
    void shouldKeepItsDataThroughEveryKindOfStop() throws SQLException {
        try (PostgresServer postgres = PostgresServer.start("18")) {
            ask(postgres, "CREATE TABLE kept (a int); SELECT 1");
            long firstPid = postgres.pid();

            postgres.stop();
            assertThat(Gone.answers(postgres.port())).isFalse();
            postgres.restart();
            ask(postgres, "INSERT INTO kept VALUES (1); SELECT 1");
            postgres.stopImmediate();
            postgres.restart();
            ask(postgres, "INSERT INTO kept VALUES (2); SELECT 1");
            postgres.kill();
            assertThat(Gone.answers(postgres.port())).isFalse();
            postgres.restart();

            assertThat(ask(postgres, "SELECT sum(a) FROM kept")).isEqualTo("3");
            assertThat(postgres.pid()).isNotEqualTo(firstPid);
        }
    }

    @Test
    void shouldTakeSettingsAndLinesOfHba() throws SQLException {
        PostgresOptions options = PostgresOptions.of("18")
                .with("timezone", "Asia/Kolkata")
                .with("cluster_name", "it's ours")
                .withHba("host all alice 127.0.0.1/32 scram-sha-256");
        try (PostgresServer postgres = PostgresServer.start(options)) {
            assertThat(ask(postgres, TIME_ZONE)).isEqualTo("Asia/Kolkata");
            assertThat(ask(postgres, "SHOW cluster_name")).isEqualTo("it's ours");
            ask(postgres, "CREATE ROLE alice LOGIN PASSWORD 'secret'; SELECT 1");

            String url = "jdbc:postgresql://" + postgres.host() + ":" + postgres.port() + "/postgres";
            assertThatThrownBy(() -> DriverManager.getConnection(url, "alice", "guess"))
                    .hasMessageContaining("password authentication failed for user \"alice\"");
            DriverManager.getConnection(url, "alice", "secret").close();
        }
    }

    @Test
    void shouldLeaveNothingBehind() {
        PostgresServer postgres = PostgresServer.start("18");
        Path folder = Path.of(postgres.socketDirectory());
        assertThat(folder).isDirectory();

        postgres.close();
        postgres.close();

        assertThat(folder).doesNotExist();
        assertThat(Gone.answers(postgres.port())).isFalse();
        assertThatThrownBy(postgres::restart)
                .isInstanceOf(SandboxException.class)
                .hasMessage("postgres-18: cannot start, closed=true running=false");
    }

    @Test
    void shouldSayWhyItDidNotStart() {
        assertThatThrownBy(() -> PostgresServer.start("18", Map.of("wal_level", "nonsense")))
                .isInstanceOf(SandboxException.class)
                .hasMessageStartingWith("postgres-18: did not start, exitCode=1\nits log ends with:\n")
                .hasMessageContaining("invalid value for parameter \"wal_level\": \"nonsense\"");
    }

    @Test
    void shouldNameTheMajorsThereAre() {
        assertThatThrownBy(() -> PostgresServer.start("8"))
                .isInstanceOf(SandboxException.class)
                .hasMessage(
                        "postgres: not one of the majors in the sandbox, major=8 majors=10,11,12,13,14,15,16,17,18,9.5,9.6");
    }

    @Test
    void shouldSayHowToGetAMajorThatIsNotThere(@TempDir Path empty) {
        String before = System.getProperty(ServerFiles.FOLDER_PROPERTY);
        System.setProperty(ServerFiles.FOLDER_PROPERTY, empty.toString());
        try {
            assertThatThrownBy(() -> PostgresServer.start("13"))
                    .isInstanceOf(SandboxException.class)
                    .hasMessageStartingWith("postgres: this major is not here, major=13 path=" + empty)
                    .hasMessageEndingWith("; `mvn generate-resources -pl sandbox -Pmatrix` fetches every major");
        } finally {
            if (before == null) {
                System.clearProperty(ServerFiles.FOLDER_PROPERTY);
            } else {
                System.setProperty(ServerFiles.FOLDER_PROPERTY, before);
            }
        }
    }

    @Test
    void shouldRunForRootWhereNamespacesAreForbidden(@TempDir Path ours) throws Exception {
        assumeTrue(
                Integer.valueOf(0).equals(Files.getAttribute(ours, "unix:uid")),
                "only root needs to become someone else");
        assumeTrue(Programs.exists("setpriv"), "setpriv (util-linux) is missing");

        try (PostgresServer postgres =
                PostgresServer.start(PostgresOptions.of("15"), folder -> Unprivileged.AS_NOBODY)) {
            assertThat(ask(postgres, "SELECT 1")).isEqualTo("1");
        }
    }

    /** The first column of the first row of the last statement. */
    private static String ask(PostgresServer postgres, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(postgres.jdbcUrl("postgres"));
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
            while (statement.getUpdateCount() != -1) {
                statement.getMoreResults();
            }
            ResultSet rows = statement.getResultSet();
            assertThat(rows.next()).isTrue();
            return rows.getString(1);
        }
    }
}
