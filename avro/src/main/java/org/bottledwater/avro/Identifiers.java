package org.bottledwater.avro;

import org.bottledwater.change.Lsn;

/** bit strings and the server's own identifiers: pg_lsn, tid and snapshots; all travel as text. */
final class Identifiers {
    /** bit and varbit. */
    static final Codec BITS = new Bits();

    static final Codec PG_LSN = new PgLsn();
    static final Codec TID = new Tid();
    /** pg_snapshot and txid_snapshot. */
    static final Codec SNAPSHOT = new Snapshot();

    private Identifiers() {}

    private static final class Bits extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire("bit", in, offset, length);
            int bits = wire.int32();
            if (bits < 0) {
                throw wire.malformed("negative length, bits=" + bits);
            }
            int from = wire.take((int) ((bits + 7L) / 8));
            wire.finish();
            for (int i = 0; i < bits; i++) {
                out.append(((in[from + i / 8] >> (7 - i % 8)) & 1) == 0 ? '0' : '1');
            }
        }
    }

    private static final class PgLsn extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("pg_lsn", length, 8);
            out.append(Lsn.toString(Wire.int64(in, offset)));
        }
    }

    private static final class Tid extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire.checkLength("tid", length, 6);
            out.append('(').append(Wire.int32(in, offset) & 0xFFFFFFFFL);
            out.append(',').append(Wire.int16(in, offset + 4) & 0xFFFF).append(')');
        }
    }

    private static final class Snapshot extends StringCodec {
        @Override
        void render(byte[] in, int offset, int length, TextBuffer out) {
            Wire wire = new Wire("pg_snapshot", in, offset, length);
            int running = wire.int32();
            out.append(wire.int64()).append(':').append(wire.int64()).append(':');
            if (running < 0 || running * 8L != wire.remaining()) {
                throw wire.malformed("impossible count, count=" + running);
            }
            for (int i = 0; i < running; i++) {
                out.append(i == 0 ? "" : ",").append(wire.int64());
            }
            wire.finish();
        }
    }
}
