package org.bottledwater.avro;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.bottledwater.change.ColumnState;
import org.bottledwater.change.MalformedInputException;
import org.bottledwater.change.UnsupportedValueException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes are, they are encoded or refused with an exception that says so: never an index out of bounds. */
final class GarbageTest {
    private static final int MUTATIONS = 500;

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#all")
    void shouldRefuseEveryPrefix(Sample sample) {
        for (Form form : forms(sample)) {
            for (int length = 0; length < form.value().length; length++) {
                feed(form, Arrays.copyOf(form.value(), length), "prefix");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("org.bottledwater.avro.Sample#all")
    void shouldSurviveEveryMutation(Sample sample) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (Form form : forms(sample)) {
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] value = Arrays.copyOf(form.value(), Math.max(0, form.value().length + random.nextInt(5) - 2));
                for (int change = random.nextInt(4); change > 0 && value.length > 0; change--) {
                    value[random.nextInt(value.length)] = (byte) mutant(form, random);
                }
                feed(form, value, "seed=" + seed);
            }
        }
    }

    /** Text is changed to what has a meaning in some text form. */
    private static int mutant(Form form, Random random) {
        String meaningful = "{}[](),;\"\\:'<>=+-. eENaI05/";
        return form.state() == ColumnState.TEXT && random.nextInt(4) > 0
                ? meaningful.charAt(random.nextInt(meaningful.length()))
                : random.nextInt(256);
    }

    private record Form(Column1 column, ColumnState state, Bytes bytes) {
        byte[] value() {
            return bytes.array();
        }
    }

    private static Form[] forms(Sample sample) {
        Column1 column = new Column1(sample.type(), sample.typeModifier(), sample.dimensions(), TypeOptions.DEFAULT);
        return new Form[] {
            new Form(column, ColumnState.TEXT, Bytes.bytes().s(sample.text())),
            new Form(column, ColumnState.BINARY, sample.binary())
        };
    }

    private static void feed(Form form, byte[] value, String origin) {
        try {
            form.column().decode(form.column().avro(form.state(), value));
            form.column().json(form.state(), value);
            if (form.state() == ColumnState.BINARY) {
                form.column().render(value);
            }
        } catch (MalformedInputException | UnsupportedValueException | Unrepresentable e) {
            // Refused, as it should be.
            return;
        } catch (RuntimeException e) {
            throw new AssertionError(
                    origin + " state=" + form.state() + " value="
                            + HexFormat.of().formatHex(value),
                    e);
        }
    }
}
