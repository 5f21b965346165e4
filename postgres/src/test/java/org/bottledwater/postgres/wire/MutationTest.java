package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.bottledwater.change.MalformedInputException;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

/** Whatever bytes come, a decoder reads them or refuses them as malformed: nothing else is thrown, and it ends. */
final class MutationTest {
    private static final int ROUNDS = 100_000;
    private static final Duration DEADLINE = Duration.ofSeconds(60);

    private final long seed = new Random().nextLong();
    private final Random random = new Random(seed);
    private final RecordingHandler handler = new RecordingHandler();
    private int refused;

    @Test
    void shouldSurviveMutationsOfPgOutput() {
        FakeResolver resolver = new FakeResolver();
        PgOutputDecoder decoder = new PgOutputDecoder(resolver);
        mutate(PgOutputDecoderTest.everyMessage(), message -> {
            // A mutated Relation message may have changed what the others refer to.
            byte[] relation = PgOutputDecoderTest.relation();
            decoder.decode(relation, 0, relation.length, 1, handler);
            resolver.asked.clear();
            decoder.decode(message, 0, message.length, 1, handler);
        });
    }

    @Test
    void shouldSurviveMutationsOfTestDecoding() {
        FakeResolver resolver = new FakeResolver();
        resolver.generated.add("ok");
        resolver.has("public", "data", "id", "ok", "data");
        TestDecodingDecoder[] decoder = {new TestDecodingDecoder(resolver)};
        List<byte[]> messages = TestDecodingDecoderTest.everyMessage().stream()
                .map(text -> text.getBytes(UTF_8))
                .toList();
        mutate(messages, message -> {
            if (random.nextInt(1000) == 0) {
                decoder[0] = new TestDecodingDecoder(resolver);
            }
            resolver.asked.clear();
            decoder[0].decode(message, 0, message.length, 1, handler);
        });
    }

    @Test
    void shouldSurviveMutationsOfCopy() {
        mutate(List.of(CopyBinaryDecoderTest.stream()), stream -> {
            CopyBinaryDecoder decoder = CopyBinaryDecoderTest.decoder();
            int cut = random.nextInt(stream.length + 1);
            decoder.data(stream, 0, cut, handler);
            decoder.data(stream, cut, stream.length - cut, handler);
            decoder.end();
        });
    }

    private void mutate(List<byte[]> messages, Consumer<byte[]> decode) {
        Assertions.assertTimeoutPreemptively(DEADLINE, () -> {
            for (int round = 0; round < ROUNDS; round++) {
                byte[] message = mutant(messages);
                try {
                    decode.accept(message);
                } catch (MalformedInputException e) {
                    refused++;
                } catch (RuntimeException e) {
                    throw new AssertionError("seed=" + seed + " round=" + round, e);
                }
                handler.calls.clear();
            }
        });
        assertThat(refused).as("seed=%d", seed).isBetween(ROUNDS / 10, ROUNDS - 1);
    }

    /** A message with some bytes changed, and sometimes some left out or put in twice. */
    private byte[] mutant(List<byte[]> messages) {
        byte[] message = messages.get(random.nextInt(messages.size())).clone();
        if (random.nextInt(4) == 0) {
            int from = random.nextInt(message.length);
            int to = from + random.nextInt(message.length - from + 1);
            int again = random.nextBoolean() ? from : to;
            byte[] spliced = new byte[again == from ? message.length + to - from : message.length - (to - from)];
            int head = again == from ? to : from;
            System.arraycopy(message, 0, spliced, 0, head);
            System.arraycopy(message, again == from ? from : to, spliced, head, spliced.length - head);
            message = spliced;
        }
        for (int changes = random.nextInt(4); changes > 0 && message.length > 0; changes--) {
            byte[] interesting = {
                0, 1, -1, 127, -128, '\'', '"', ' ', ':', '[', ']', '.', 'N', 'K', 'B', (byte) random.nextInt()
            };
            message[random.nextInt(message.length)] = interesting[random.nextInt(interesting.length)];
        }
        return message;
    }
}
