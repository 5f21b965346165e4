package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import org.bottledwater.change.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresAddressTest {
    @TempDir
    private Path home = TestDatabase.NO_HOME;

    private PostgresAddress parse(String conninfo, String... environment) {
        Map<String, String> variables = new HashMap<>();
        for (String variable : environment) {
            variables.put(variable.substring(0, variable.indexOf('=')), variable.substring(variable.indexOf('=') + 1));
        }
        return PostgresAddress.parse(conninfo, variables, home);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "postgres://me@;                                  postgres://me@localhost:5432/me",
                "postgresql://me@;                                postgres://me@localhost:5432/me",
                "postgres://me@db.example/shop;                   postgres://me@db.example:5432/shop",
                "postgres://me:s3cret@db:5433/shop;               postgres://me@db:5433/shop",
                "postgres://me@[::1]:5433/shop;                   postgres://me@[::1]:5433/shop",
                "postgres://me@[2001:db8::2]/shop;                postgres://me@[2001:db8::2]:5432/shop",
                "postgres://me@one,two:5433/shop;                 postgres://me@one:5432,two:5433/shop",
                "postgres://me@%2Fvar%2Frun/shop;                 postgres://me@/var/run:5432/shop",
                "postgres:///shop?host=/tmp/x&user=me&port=7;     postgres://me@/tmp/x:7/shop",
                "postgres://m%20e@h/a%2fb%25%C3%BC;               postgres://m e@h:5432/a/b%ü",
                "postgres://me@h/a+b;                             postgres://me@h:5432/a+b",
                "postgres://me@h/db?dbname=other;                 postgres://me@h:5432/other",
                "postgres://me:a@b@h/db;                          postgres://me@h:5432/db",
                "user=me;                                         postgres://me@localhost:5432/me",
                "host=h port=7 dbname=shop user=me;               postgres://me@h:7/shop",
                "  host = h  user = 'm e'  dbname='it\\'s';       postgres://m e@h:5432/it's",
                "user=m\\ e host='' password='';                  postgres://m e@localhost:5432/m e",
                "host=a,b port=1,2 user=me;                       postgres://me@a:1,b:2/me",
                "host=a,b port=7 user=me;                         postgres://me@a:7,b:7/me",
                "host=db hostaddr=10.0.0.1 user=me;               postgres://me@10.0.0.1:5432/me",
                "hostaddr=10.0.0.1 user=me;                       postgres://me@10.0.0.1:5432/me",
            })
    void shouldUnderstandWhatLibpqUnderstands(String conninfo, String expected) {
        assertThat(parse(conninfo)).hasToString(expected);
    }

    @Test
    void shouldTakeDefaultsFromTheEnvironment() {
        String[] environment = {"PGHOST=h", "PGPORT=7", "PGDATABASE=shop", "PGUSER=me", "PGAPPNAME=copy", "PGPASSWORD=x"
        };
        assertThat(parse("", environment)).hasToString("postgres://me@h:7/shop");
        assertThat(parse("", environment).applicationName()).isEqualTo("copy");
        assertThat(password(parse("", environment))).isEqualTo("x");
        assertThat(parse("postgres://you@other:8/db", environment)).hasToString("postgres://you@other:8/db");
        assertThat(password(parse("postgres://you:y@other", environment))).isEqualTo("y");
        assertThat(parse("host=h user=me", "PGHOSTADDR=10.0.0.1")).hasToString("postgres://me@h:5432/me");
        assertThat(parse("", "PGHOST=", "PGPORT=", "PGUSER=me")).hasToString("postgres://me@localhost:5432/me");
    }

    @Test
    void shouldUseTheUserOfTheOperatingSystem() {
        assertThat(parse("").user()).isEqualTo(System.getProperty("user.name"));
        assertThat(parse("").database()).isEqualTo(System.getProperty("user.name"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "mysql://h;               postgres: unknown scheme=mysql. Write postgres://user@host:port/database",
                "hots=h;                  postgres: unknown connection option: keyword=hots. Did you mean host?",
                "postgres://h?sslmod=x;   postgres: unknown connection option: keyword=sslmod. Did you mean sslmode?",
                "service=x;               postgres: this connection option is known to libpq but not supported here:"
                        + " keyword=service. Leave it out",
                "sslmode=sure;            postgres: sslmode=sure is not one of allow, disable, prefer, require,"
                        + " verify-ca, verify-full",
                "port=many;               postgres: not a number from 1 to 65535: port=many",
                "port=65536;              postgres: not a number from 1 to 65535: port=65536",
                "connect_timeout=soon;    postgres: not a number from 0 to 2147483: connect_timeout=soon",
                "host=a,b port=1,2,3;     postgres: there must be one port, or as many as hosts: host=2 port=3",
                "host=a,b hostaddr=1.1.1.1; postgres: there must be as many addresses as hosts: host=2 hostaddr=1",
                "password='x;             postgres: the closing quote is missing: keyword=password",
                "postgres://[::1/db;      postgres: the ] after an IPv6 address is missing: host=[::1",
                "postgres://[::1]x/db;    postgres: only a port may follow the IPv6 address: host=[::1]x",
            })
    void shouldSayWhatIsWrong(String conninfo, String message) {
        assertThatThrownBy(() -> parse(conninfo))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgres://me:s3cret%@h/db",
                "postgres://me:s3cret%2@h/db",
                "postgres://me:s3cret%00@h/db",
                "postgres://me:s3cret@h:port/db",
                "postgres://me:7s3cret/7@h/db",
                "postgres://me:7s3cret?x=7@h/db",
                "host=h password=s3cret sslmode=never",
                "s3cret",
            })
    void shouldNeverRepeatThePassword(String conninfo) {
        assertThatThrownBy(() -> parse(conninfo))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void shouldRefuseAServiceRatherThanConnectElsewhere() {
        assertThatThrownBy(() -> parse("", "PGSERVICE=prod"))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("PGSERVICE is set");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "postgres://me@h:7/db;            exact",
                "postgres://me@h:7/other;         any database",
                "postgres://m%3Ae@h:7/db;         user with colon",
                "postgres://me@h:8/db;            col:on and back\\slash",
                "postgres://me@elsewhere/db;      the rest",
                "host=/tmp user=me dbname=db;     socket",
                "host=/run/pg user=me dbname=db;  folder",
                "host=h hostaddr=10.0.0.1 port=7 user=me dbname=db; exact",
            })
    void shouldFindThePasswordInTheFile(String conninfo, String password) throws IOException {
        writePasswordFile(
                "# h:7:db:me:comment",
                "h:7:db:me:exact",
                "h:7:*:me:any database",
                "h:7:db:m\\:e:user with colon",
                "h:8:db:me:col\\:on and back\\\\slash",
                "localhost:5432:db:me:socket",
                "/run/pg:5432:db:me:folder",
                "h:7:db:me",
                "*:*:*:*:the rest");
        assertThat(password(parse(conninfo))).isEqualTo(password);
    }

    @Test
    void shouldUseNoPasswordFileThatOthersCanRead() throws IOException {
        writePasswordFile("*:*:*:*:open");
        Path file = home.resolve(".pgpass");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        assertThat(parse("user=me").password(new PostgresAddress.Host("h", 1))).isEmpty();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertThat(parse("user=me").password(new PostgresAddress.Host("h", 1))).contains("open");
        assertThat(PostgresAddress.parse("passfile=" + file, Map.of(), TestDatabase.NO_HOME)
                        .password(new PostgresAddress.Host("h", 1)))
                .contains("open");
    }

    private void writePasswordFile(String... lines) throws IOException {
        Path file = home.resolve(".pgpass");
        Files.writeString(file, String.join("\n", lines));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static String password(PostgresAddress address) {
        return address.password(address.hosts().get(0)).orElse("none");
    }
}
