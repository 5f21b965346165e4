package org.bottledwater.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bottledwater.pipeline.StretchQueue.Messages;
import org.bottledwater.pipeline.StretchQueue.Piece;
import org.bottledwater.pipeline.StretchQueue.StretchEnd;
import org.bottledwater.sandbox.Waiting;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class StretchQueueTest {
    private static final int LIMIT = 4 * Messages.SIZE;

    private final StretchQueue queue = new StretchQueue(LIMIT);

    @Test
    void shouldGiveWhatWasPutInItsOrder() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<byte[]> messages = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            byte[] message = new byte[random.nextInt(100) == 0 ? random.nextInt(3 * LIMIT) : random.nextInt(400)];
            random.nextBytes(message);
            messages.add(message);
        }
        CompletableFuture<Void> putting = CompletableFuture.runAsync(() -> put(messages));
        List<byte[]> taken = new ArrayList<>();
        long end = 0;
        while (end == 0) {
            Piece piece = queue.take(1000);
            if (piece instanceof Messages some) {
                while (some.next()) {
                    taken.add(Arrays.copyOfRange(some.bytes(), some.offset(), some.offset() + some.length()));
                }
                queue.giveBack(some);
            } else if (piece instanceof StretchEnd stretch) {
                end = stretch.lsn();
            }
        }
        putting.get();
        assertThat(end).isEqualTo(7);
        assertThat(taken).as("seed=%d", seed).containsExactlyElementsOf(messages);
        assertThat(queue.take(0)).isNull();
    }

    private void put(List<byte[]> messages) {
        try {
            Messages some = queue.empty();
            for (byte[] message : messages) {
                if (Messages.isLarge(message)) {
                    assertThat(queue.put(some)).isTrue();
                    assertThat(queue.put(Messages.ofLarge(message))).isTrue();
                    some = queue.empty();
                } else if (!some.add(message)) {
                    assertThat(queue.put(some)).isTrue();
                    some = queue.empty();
                    assertThat(some.add(message)).isTrue();
                }
            }
            assertThat(queue.put(some)).isTrue();
            assertThat(queue.put(new StretchEnd(7))).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldHoldNoMoreThanItsLimit() throws Exception {
        AtomicLong put = new AtomicLong();
        CompletableFuture<Void> putting = CompletableFuture.runAsync(() -> fill(put));
        Waiting.until("it is full", () -> put.get() == LIMIT / Messages.SIZE);
        Messages first = (Messages) Objects.requireNonNull(queue.take(1000));
        assertThat(queue.take(1000)).isNotNull();
        assertThat(put).as("what is being handled is held").hasValue(LIMIT / Messages.SIZE);
        queue.giveBack(first);
        Waiting.until("there is room for one", () -> put.get() == LIMIT / Messages.SIZE + 1);
        queue.close();
        putting.get();
        assertThat(put).hasValue(LIMIT / Messages.SIZE + 1);
    }

    /** Until nobody wants it. */
    private void fill(AtomicLong put) {
        try {
            while (queue.put(queue.empty())) {
                put.incrementAndGet();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void shouldHoldALargeMessageAlone() throws Exception {
        Messages small = queue.empty();
        assertThat(small.add(new byte[10])).isTrue();
        assertThat(queue.put(small)).isTrue();
        Messages large = Messages.ofLarge(new byte[2 * LIMIT]);
        CompletableFuture<Boolean> putting = putLater(large);
        assertThat(queue.take(1000)).isSameAs(small);
        assertThat(queue.take(50)).as("while another is being handled").isNull();
        queue.giveBack(small);
        assertThat(queue.take(1000)).isSameAs(large);
        assertThat(putting.get()).isTrue();
        assertThat(large.next()).isTrue();
        assertThat(large.length()).isEqualTo(2 * LIMIT);
        assertThat(large.next()).isFalse();
        CompletableFuture<Boolean> room = CompletableFuture.supplyAsync(() -> awaitRoom(2 * LIMIT));
        assertThat(queue.take(50)).isNull();
        assertThat(room).as("another of that size").isNotDone();
        queue.giveBack(large);
        assertThat(room.get()).isTrue();
        assertThat(queue.empty()).isSameAs(small);
        assertThat(queue.empty().bytes()).as("no large one is kept").hasSize(Messages.SIZE);
    }

    private boolean awaitRoom(int size) {
        try {
            return queue.awaitRoom(size);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private CompletableFuture<Boolean> putLater(Piece piece) {
        return CompletableFuture.supplyAsync(() -> {
            try {
                return queue.put(piece);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
