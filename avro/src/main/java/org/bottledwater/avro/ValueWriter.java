package org.bottledwater.avro;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.bottledwater.change.UnsupportedValueException;

/**
 * Where codecs put values. What a value is called here is what it means, not how it is written: {@link AvroWriter} and
 * {@link JsonWriter} know that. An array or a map is closed with the mark that opening it gave.
 *
 * <p>Times are in microseconds since 1970-01-01, dates in days; their extremes mean plus and minus infinity.
 */
abstract class ValueWriter {
    /** For the text of one value while a codec composes it; never in use across a call of another codec. */
    final TextBuffer scratch = new TextBuffer();

    /** Whether text may be anything but UTF-8, since the server does not look at it. */
    private final boolean anyBytes;

    ValueWriter(boolean anyBytes) {
        this.anyBytes = anyBytes;
    }

    /** Of the row that is written. */
    final RowAge age() {
        return scratch.age;
    }

    /** @throws UnsupportedValueException for bytes that are no text */
    final void checkText(byte[] in, int offset, int length) {
        if (anyBytes && !isUtf8(in, offset, length)) {
            throw new UnsupportedValueException(
                    "bytes that are no text in UTF-8, which a database with encoding SQL_ASCII"
                            + " does not look at; convert the value with convert_from, or keep it as bytea");
        }
    }

    private static boolean isUtf8(byte[] in, int offset, int length) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(in, offset, length));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /** Begins a message: forgets the last one and writes {@code prefix}. */
    abstract void begin(byte[] prefix);

    /** The message, in an array of its own. */
    abstract byte[] finish();

    /** A nullable value that is null. */
    abstract void absent();

    /** A nullable value that is not null: the value follows. */
    abstract void present();

    abstract void bool(boolean value);

    abstract void int32(int value);

    abstract void int64(long value);

    abstract void float32(float value);

    abstract void float64(double value);

    /** A string. */
    abstract void text(byte[] in, int offset, int length);

    /** A number too exact for any other type: a string in Avro, a number in JSON. */
    abstract void number(byte[] in, int offset, int length);

    /** A JSON document: a string in Avro, itself in JSON. */
    abstract void json(byte[] in, int offset, int length);

    abstract void bytes(byte[] in, int offset, int length);

    abstract void decimal(long unscaled, int scale);

    abstract void decimal(BigInteger unscaled, int scale);

    abstract void date(int days);

    /** Since midnight. */
    abstract void time(long micros);

    /** Without time zone. */
    abstract void localTimestamp(long micros);

    abstract void instant(long micros);

    abstract void beginRecord();

    /** The next field of a record; {@code label} is what {@link JsonWriter#label} made of its name. */
    abstract void field(byte[] label);

    abstract void endRecord();

    abstract int beginArray();

    /** The next item of an array. */
    abstract void item();

    abstract void endArray(int mark, int count);

    abstract int beginMap();

    /** The key of a map's next entry. */
    abstract void key(byte[] in, int offset, int length);

    abstract void endMap(int mark, int count);

    /** The {@link #scratch} as a string. */
    final void textOfScratch() {
        text(scratch.bytes(), 0, scratch.size());
    }
}
