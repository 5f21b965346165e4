package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a guard makes of what the server says, by a clock of the test's own. */
final class WalGuardTest {
    private static final long MB = 1 << 20;
    private static final Settings SETTINGS = TestBed.settings(
            "postgres://nobody@127.0.0.1:1/none", "s", "127.0.0.1:1", URI.create("http://127.0.0.1:1"));

    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(WalGuard.class);
    private final AtomicBoolean mayEnd = new AtomicBoolean(true);
    private final AtomicInteger stops = new AtomicInteger();

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @AfterEach
    void listenNoMore() {
        logger.detachAppender(said);
    }

    @Test
    void shouldSayThatTheLimitIsNearAndOverAndThenRarely() {
        WalGuard guard = guard(OnMaxWal.WARN);
        see(guard, 0, 50);
        see(guard, 5, 80);
        see(guard, 10, 90);
        see(guard, 15, 101);
        for (int second = 20; second < 300; second += 5) {
            see(guard, second, second % 2 == 0 ? 99 : 120);
        }
        assertThat(texts())
                .containsExactly(
                        "slot s keeps 80.0 MB of the log, --max-retained-wal is 100 MB, says the test",
                        "slot s keeps 101 MB of the log, --max-retained-wal is 100 MB, says the test");
        see(guard, 320, 130);
        see(guard, 325, 60);
        see(guard, 330, 40);
        see(guard, 335, 76);
        assertThat(texts().subList(2, texts().size()))
                .containsExactly(
                        "slot s keeps 130 MB of the log, --max-retained-wal is 100 MB, says the test",
                        "slot s keeps no more than 40.0 MB of the log again",
                        "slot s keeps 76.0 MB of the log, --max-retained-wal is 100 MB, says the test");
        assertThat(stops).hasValue(0);
        guard.finish();
    }

    @Test
    void shouldEndARunThatIsStuckAboveTheLimitOnce() {
        WalGuard guard = guard(OnMaxWal.EXIT);
        see(guard, 0, 101);
        see(guard, 15, 150);
        assertThat(stops).hasValue(0);
        see(guard, 20, 160);
        see(guard, 25, 170);
        assertThat(stops).hasValue(1);
        assertThat(texts())
                .containsExactly("slot s keeps 101 MB of the log, --max-retained-wal is 100 MB: if that does not"
                        + " become less, the run ends, says the test");
        assertThat(failure(guard))
                .startsWith("slot s made the server keep 160 MB of its log, --max-retained-wal is 100 MB; the slot is"
                        + " still there and goes on keeping it\n  ");
    }

    @Test
    void shouldLetARunCatchUp() {
        WalGuard guard = guard(OnMaxWal.DROP_SLOT);
        for (int second = 0; second < 300; second += 15) {
            see(guard, second, 1000 - second);
        }
        assertThat(stops).hasValue(0);
        see(guard, 300, 99);
        see(guard, 305, 110);
        see(guard, 320, 110);
        assertThat(stops).hasValue(0);
        see(guard, 325, 110);
        assertThat(stops).hasValue(1);
    }

    @Test
    void shouldNotEndARunThatWaitsForAnotherInstance() {
        WalGuard guard = guard(OnMaxWal.DROP_SLOT);
        mayEnd.set(false);
        for (int second = 0; second < 100; second += 5) {
            see(guard, second, 200);
        }
        mayEnd.set(true);
        see(guard, 100, 200);
        see(guard, 110, 200);
        assertThat(stops).hasValue(0);
        see(guard, 115, 200);
        assertThat(stops).hasValue(1);
    }

    @Test
    void shouldSayHowToDropASlotThatItCannotDrop() {
        WalGuard guard = guard(OnMaxWal.DROP_SLOT);
        see(guard, 0, 200);
        see(guard, 20, 200);
        assertThat(failure(guard))
                .contains("; the slot should be dropped, but: cannot connect: ")
                .endsWith("\n  drop it:  SELECT pg_drop_replication_slot('s');");
    }

    private WalGuard guard(OnMaxWal action) {
        return new WalGuard(
                SETTINGS, new WalLimit(100 * MB, action, Duration.ofSeconds(20)), mayEnd::get, stops::incrementAndGet);
    }

    private static void see(WalGuard guard, long second, long megabytes) {
        guard.see(
                new RunStatus.SlotState(0, megabytes * MB, 0),
                () -> ", says the test",
                Duration.ofSeconds(second).toNanos());
    }

    private static String failure(WalGuard guard) {
        try {
            guard.finish();
            return "";
        } catch (RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private List<String> texts() {
        return said.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
