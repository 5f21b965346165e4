package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.bottledwater.sandbox.PostgresOptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Money has as many fraction digits as the database's locale says, and its text form is made for the people of that locale. */
final class MoneyTest {
    @TempDir
    Path locales;

    @ParameterizedTest
    @CsvSource({
        "18,PGOUTPUT,ja_JP",
        "18,TEST_DECODING,ja_JP",
        "15,TEST_DECODING,de_DE",
        "15,PGOUTPUT,nb_NO",
        "15,TEST_DECODING,nb_NO",
        "12,PGOUTPUT,ar_BH",
        "9.5,AUTO,ar_BH"
    })
    void shouldSayWhatTheServerSays(String major, PluginChoice plugin, String locale) throws Exception {
        assumeTrue(compile(locale), "there is no localedef with a source of " + locale);
        PostgresOptions options = PostgresOptions.of(major)
                .with("lc_monetary", locale + ".utf8")
                .withEnvironment("LOCPATH", locales.toString());
        try (TestBed bed = TestBed.on(options)) {
            bed.sql(
                    "CREATE TABLE price (id money PRIMARY KEY, n int, m money, a money[], large text)",
                    "INSERT INTO price SELECT (g * 1234567.891)::numeric::money, 0, (g * -1000.5)::numeric::money,"
                            + " array[(g * -1)::money], (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 200) i)"
                            + " FROM generate_series(-2, 2) g");
            Settings settings =
                    new SettingsBuilder(bed.settings()).plugin(plugin).build();
            String rows =
                    "SELECT row_to_json(r) FROM (SELECT id::numeric, n, m::numeric, a::numeric[], large FROM price) r";
            try (Running running = Running.of(settings).awaitStreaming();
                    TopicReader topic = TopicReader.json(bed.topic("price"))) {
                topic.awaitRows(() -> bed.query(rows), "id");
                // The large value is looked up by the key, which is money.
                bed.sql("UPDATE price SET n = 1, m = (12 * n - 0.129)::numeric::money");
                topic.awaitRows(() -> bed.query(rows), "id");
                bed.sql("DELETE FROM price WHERE id > 0::money");
                topic.awaitRows(() -> bed.query(rows), "id");
                assertThat(topic.messages())
                        .allMatch(message -> message.headers().get("pg.unknown") == null);
                assertThat(running.failureSoFar()).isEmpty();
            }
        }
    }

    private boolean compile(String locale) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(
                            "localedef",
                            "-i",
                            locale,
                            "-f",
                            "UTF-8",
                            locales.resolve(locale + ".utf8").toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(60, TimeUnit.SECONDS)
                    && locales.resolve(locale + ".utf8").toFile().isDirectory();
        } catch (IOException e) {
            return false;
        }
    }
}
