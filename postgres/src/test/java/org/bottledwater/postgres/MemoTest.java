package org.bottledwater.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bottledwater.change.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoTest {
    @ParameterizedTest
    @ValueSource(strings = {"12", "18"})
    void shouldKeepAText(String major) throws SQLException {
        try (TestDatabase database = TestDatabase.create(major);
                Postgres postgres = Postgres.connect(database.address())) {
            Memo memo = new Memo(postgres, "memo");
            assertThat(memo.read()).isEmpty();
            assertThat(memo.keep("it's \\ this")).isEqualTo("it's \\ this");
            assertThat(memo.read()).contains("it's \\ this");
            assertThat(memo.keep("later")).isEqualTo("it's \\ this");
            memo.replace("later");
            assertThat(memo.read()).contains("later");
            assertThat(database.query("SELECT count(*) FROM pg_publication_tables"))
                    .isEqualTo("0");
        }
    }

    @Test
    void shouldTellEverybodyTheSame() throws SQLException, InterruptedException, ExecutionException {
        ExecutorService writers = Executors.newFixedThreadPool(4);
        try (TestDatabase database = TestDatabase.create("15")) {
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String text = "text " + i;
                answers.add(writers.submit(() -> {
                    try (Postgres postgres = Postgres.connect(database.address())) {
                        return new Memo(postgres, "memo").keep(text);
                    }
                }));
            }
            List<String> found = new ArrayList<>();
            for (Future<String> answer : answers) {
                found.add(answer.get());
            }
            assertThat(found.stream().distinct()).hasSize(1);
        } finally {
            writers.shutdownNow();
        }
    }

    @Test
    void shouldRefuseAPublicationOfSomebodyElse() throws SQLException {
        try (TestDatabase database = TestDatabase.create("15");
                Postgres postgres = Postgres.connect(database.address())) {
            database.execute("CREATE PUBLICATION memo");
            assertThatThrownBy(new Memo(postgres, "memo")::read)
                    .isInstanceOf(ConfigurationException.class)
                    .hasMessageContaining("publication=memo");
        }
    }
}
