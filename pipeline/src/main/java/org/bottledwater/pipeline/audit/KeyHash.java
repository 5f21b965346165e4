package org.bottledwater.pipeline.audit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * MurmurHash3 for x64 in 128 bits, re-aimed at each key: among a billion keys the chance that two of them meet is below
 * one in 10^20. Values are compared by 64 bits of it. Not thread-safe.
 */
final class KeyHash {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;

    private long high;
    private long low;

    /** The hash's first half. */
    long high() {
        return high;
    }

    /** The hash's second half. */
    long low() {
        return low;
    }

    KeyHash of(byte[] bytes, int from, int to) {
        long h1 = 0;
        long h2 = 0;
        int position = from;
        for (; position + 16 <= to; position += 16) {
            h1 ^= mix1((long) LONGS.get(bytes, position));
            h1 = (Long.rotateLeft(h1, 27) + h2) * 5 + 0x52dce729;
            h2 ^= mix2((long) LONGS.get(bytes, position + 8));
            h2 = (Long.rotateLeft(h2, 31) + h1) * 5 + 0x38495ab5;
        }
        long k1 = 0;
        long k2 = 0;
        for (int i = 0; position + i < to; i++) {
            long b = (bytes[position + i] & 0xFFL) << (8 * (i & 7));
            if (i < 8) {
                k1 |= b;
            } else {
                k2 |= b;
            }
        }
        h1 ^= mix1(k1);
        h2 ^= mix2(k2);
        h1 ^= to - from;
        h2 ^= to - from;
        h1 += h2;
        h2 += h1;
        h1 = finish(h1);
        h2 = finish(h2);
        high = h1 + h2;
        low = h2 + high;
        return this;
    }

    private static long mix1(long k) {
        return Long.rotateLeft(k * C1, 31) * C2;
    }

    private static long mix2(long k) {
        return Long.rotateLeft(k * C2, 33) * C1;
    }

    /** Spreads every bit over all. */
    static long finish(long k) {
        long x = k;
        x ^= x >>> 33;
        x *= 0xff51afd7ed558ccdL;
        x ^= x >>> 33;
        x *= 0xc4ceb9fe1a85ec53L;
        return x ^ (x >>> 33);
    }
}
