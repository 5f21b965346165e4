package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.List;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.TableName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PublicationsTest {
    private static String members(TestDatabase database, String publication) throws SQLException {
        return database.query("SELECT string_agg(c.relname, ',' ORDER BY c.relname) FROM pg_publication_rel r"
                + " JOIN pg_class c ON c.oid = r.prrelid JOIN pg_publication p ON p.oid = r.prpubid"
                + " WHERE p.pubname = '" + publication + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"18", "15", "12"})
    void shouldNeverMakeAnUpdateOrDeleteFail(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE keyed (id int PRIMARY KEY, v int)",
                    "CREATE TABLE \"Odd \"\"one\" (id int PRIMARY KEY, v int)",
                    "CREATE TABLE unkeyed (id int, v int)",
                    "CREATE TABLE child () INHERITS (keyed)",
                    "CREATE TABLE generated (id int PRIMARY KEY, v int, g int GENERATED ALWAYS AS (v) STORED)",
                    "ALTER TABLE generated REPLICA IDENTITY FULL",
                    "CREATE TABLE parted (id int, v int) PARTITION BY LIST (id)",
                    "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)");
            Publications publications = new Publications(postgres, "pub");
            assertThat(publications.ensure(new Catalog(postgres).tables())).isEmpty();
            assertThat(publications.names()).containsExactly("pub", "pub_inserts");
            assertThat(members(database, "pub")).startsWith("Odd \"one,").doesNotContain("unkeyed", "child", "part");
            for (String table : List.of("keyed", "\"Odd \"\"one\"", "unkeyed", "child", "generated", "parted")) {
                database.execute(
                        "INSERT INTO " + table + " (id, v) VALUES (1, 1)",
                        "UPDATE " + table + " SET v = 2",
                        "DELETE FROM " + table);
            }

            database.execute("ALTER TABLE keyed DROP CONSTRAINT keyed_pkey", "CREATE TABLE later (id int PRIMARY KEY)");
            assertThatThrownBy(() -> database.execute("INSERT INTO keyed VALUES (1, 1)", "DELETE FROM keyed"))
                    .hasMessageContaining("replica identity");
            publications.ensure(new Catalog(postgres).tables());
            database.execute("DELETE FROM keyed", "DELETE FROM later");
            assertThat(members(database, "pub")).contains("later").doesNotContain("keyed");

            publications.drop();
            assertThat(database.query("SELECT count(*) FROM pg_publication")).isEqualTo("0");
            publications.drop();
        }
    }

    @Test
    void shouldDoWithWhatTheRoleOwns() throws SQLException {
        try (TestDatabase database = TestDatabase.create("15")) {
            database.execute(
                    "DO $$ BEGIN CREATE ROLE owner LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                    "DO $$ BEGIN EXECUTE 'GRANT CREATE ON DATABASE ' || quote_ident(current_database())"
                            + " || ' TO owner'; END $$",
                    "CREATE TABLE mine (id int PRIMARY KEY)",
                    "ALTER TABLE mine OWNER TO owner",
                    "CREATE TABLE mine_unkeyed (id int)",
                    "ALTER TABLE mine_unkeyed OWNER TO owner",
                    "CREATE TABLE theirs (id int PRIMARY KEY)");
            try (Postgres postgres = Postgres.connect(database.addressOf("owner"))) {
                Publications publications = new Publications(postgres, "pub");
                List<Table> all = new Catalog(postgres).tables();
                assertThatThrownBy(() -> publications.ensure(all))
                        .isInstanceOf(ConfigurationException.class)
                        .hasMessageContaining("role=owner tables=public.theirs.")
                        .hasMessageContaining("CREATE PUBLICATION my_publication FOR TABLE \"public\".\"theirs\";");
                List<Table> owned = all.stream().filter(Table::ownedByUs).toList();
                assertThat(publications.ensure(owned))
                        .containsExactly("publication pub_inserts covers the tables of now only, as this role is no"
                                + " superuser: a table without key that is created later is captured after a restart");
                assertThat(members(database, "pub")).isEqualTo("mine");
                assertThat(members(database, "pub_inserts")).isEqualTo("mine,mine_unkeyed");
                assertThat(publications.ensure(owned)).hasSize(1);
            }
        }
    }

    @Test
    void shouldTellWhichTablesLeaveAndWhichCouldJoin() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE keyed (id int PRIMARY KEY, t text)",
                    "CREATE TABLE whole (t text)",
                    "ALTER TABLE whole REPLICA IDENTITY FULL",
                    "CREATE TABLE unkeyed (t text)",
                    "INSERT INTO keyed VALUES (1, 'a')");
            Publications publications = new Publications(postgres, "pub");
            assertThat(publications.leaveOutUnidentified()).isEmpty();
            assertThat(publications.toBeAdded(new Catalog(postgres).tables())).hasSize(2);
            publications.ensure(new Catalog(postgres).tables());
            assertThat(publications.toBeAdded(new Catalog(postgres).tables())).isEmpty();

            database.execute("ALTER TABLE keyed DROP CONSTRAINT keyed_pkey", "ALTER TABLE unkeyed ADD UNIQUE (t)");
            assertThatThrownBy(() -> database.execute("UPDATE keyed SET t = 'b'"))
                    .hasMessageContaining("does not have a replica identity");
            assertThat(publications.leaveOutUnidentified()).containsExactly(new TableName("public", "keyed"));
            database.execute("UPDATE keyed SET t = 'b'", "ALTER TABLE keyed ADD PRIMARY KEY (id)");
            assertThat(publications.toBeAdded(new Catalog(postgres).tables())).hasSize(1);
        }
    }

    @Test
    void shouldNotTouchWhatOthersMade() throws SQLException {
        try (TestDatabase database = TestDatabase.create("18");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute(
                    "CREATE TABLE t (id int PRIMARY KEY)",
                    "CREATE PUBLICATION pub FOR TABLE t",
                    "CREATE PUBLICATION \"It's\" FOR ALL TABLES");
            Publications publications = new Publications(postgres, "pub");
            assertThatThrownBy(() -> publications.ensure(new Catalog(postgres).tables()))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("bottledwater did not make, publication=pub. Choose another --slot");
            publications.drop();
            assertThat(database.query("SELECT count(*) FROM pg_publication")).isEqualTo("2");
            assertThat(publications.validate("pub")).containsOnlyKeys(new TableName("public", "t"));
            assertThat(publications.validate("It's")).containsOnlyKeys(new TableName("public", "t"));
            assertThatThrownBy(() -> publications.validate("pun"))
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("publication=pun")
                    .hasMessageContaining("existing=[It's, pub]");
        }
    }
}
