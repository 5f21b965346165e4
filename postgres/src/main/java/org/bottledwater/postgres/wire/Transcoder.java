package org.bottledwater.postgres.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import org.bottledwater.change.ChangeHandler;
import org.bottledwater.change.Lsn;
import org.bottledwater.change.MalformedInputException;

/**
 * Stands in front of the decoder of test_decoding, whose text a walsender passes on in the database's encoding, not in the
 * client's (manual, "Logical Decoding Output Plugins"). The content of logical messages is no text and stays as it is.
 */
public final class Transcoder implements LogicalDecoder {
    private static final byte[] TABLE = "table ".getBytes(UTF_8);

    private final LogicalDecoder decoder;
    private final Charset charset;

    public Transcoder(LogicalDecoder decoder, Charset charset) {
        this.decoder = decoder;
        this.charset = charset;
    }

    @Override
    public boolean decode(byte[] buffer, int offset, int length, long lsn, ChangeHandler handler) {
        if (isAscii(buffer, offset, length) || !isChange(buffer, offset, length)) {
            return decoder.decode(buffer, offset, length, lsn, handler);
        }
        byte[] text = transcode(buffer, offset, length, lsn);
        return decoder.decode(text, 0, text.length, lsn, handler);
    }

    private static boolean isAscii(byte[] buffer, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            if (buffer[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private static boolean isChange(byte[] buffer, int offset, int length) {
        for (int i = 0; i < TABLE.length; i++) {
            if (i >= length || buffer[offset + i] != TABLE[i]) {
                return false;
            }
        }
        return true;
    }

    private byte[] transcode(byte[] buffer, int offset, int length, long lsn) {
        try {
            return charset.newDecoder()
                    .decode(ByteBuffer.wrap(buffer, offset, length))
                    .toString()
                    .getBytes(UTF_8);
        } catch (CharacterCodingException e) {
            MalformedInputException malformed =
                    new MalformedInputException("test_decoding: text that is not in the database's encoding, encoding="
                            + charset + " at=" + Lsn.toString(lsn));
            malformed.initCause(e);
            throw malformed;
        }
    }
}
