package org.bottledwater.pipeline.audit;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The last message of each key, of as many keys as fit: open addressing in plain arrays, 38 bytes a place. One thread at
 * a time.
 */
final class Fold {
    /** {@link #meet} found none. */
    static final int ABSENT = -1;

    private static final int SMALLEST = 1 << 10;

    private final int keysMax;
    private long[] high = new long[SMALLEST];
    private long[] low = new long[SMALLEST];
    private long[] value = new long[SMALLEST];
    private byte[] kind = new byte[SMALLEST];
    private int[] partition = new int[SMALLEST];
    private long[] time = new long[SMALLEST];

    /** 0 nothing is here, 1 a key, 2 a key that {@link #meet} met. */
    private byte[] used = new byte[SMALLEST];

    private int keys;

    Fold(int keysMax) {
        this.keysMax = keysMax;
    }

    void clear() {
        Arrays.fill(used, (byte) 0);
        keys = 0;
    }

    /**
     * Takes a message: the key's hash, a kind, the value's hash, the partition and the time. Within a partition they come
     * in order; between partitions the time decides.
     *
     * @return false if there is no room for another key
     */
    boolean put(ByteBuffer message) {
        long keyHigh = message.getLong();
        long keyLow = message.getLong();
        int place = place(keyHigh, keyLow);
        if (used[place] == 0) {
            if (keys == keysMax) {
                return false;
            }
            if ((keys + 1) * 3L > used.length * 2L) {
                grow();
                place = place(keyHigh, keyLow);
            }
            keys++;
            used[place] = 1;
            high[place] = keyHigh;
            low[place] = keyLow;
            partition[place] = -1;
            time[place] = Long.MIN_VALUE;
        }
        byte newKind = message.get();
        long newValue = message.getLong();
        int newPartition = message.getInt();
        long newTime = message.getLong();
        if (newPartition == partition[place] || newTime >= time[place]) {
            kind[place] = newKind;
            value[place] = newValue;
            partition[place] = newPartition;
            time[place] = newTime;
        }
        return true;
    }

    private int place(long keyHigh, long keyLow) {
        // The first half's leading bits are the same in all of a part.
        int place = (int) (keyLow ^ (keyLow >>> 32)) & (used.length - 1);
        while (used[place] != 0 && (high[place] != keyHigh || low[place] != keyLow)) {
            place = (place + 1) & (used.length - 1);
        }
        return place;
    }

    private void grow() {
        long[] oldHigh = high;
        long[] oldLow = low;
        long[] oldValue = value;
        byte[] oldKind = kind;
        byte[] oldUsed = used;
        int[] oldPartition = partition;
        long[] oldTime = time;
        int size = oldUsed.length * 2;
        high = new long[size];
        low = new long[size];
        value = new long[size];
        kind = new byte[size];
        used = new byte[size];
        partition = new int[size];
        time = new long[size];
        for (int i = 0; i < oldUsed.length; i++) {
            if (oldUsed[i] != 0) {
                int place = place(oldHigh[i], oldLow[i]);
                used[place] = oldUsed[i];
                high[place] = oldHigh[i];
                low[place] = oldLow[i];
                value[place] = oldValue[i];
                kind[place] = oldKind[i];
                partition[place] = oldPartition[i];
                time[place] = oldTime[i];
            }
        }
    }

    /** Where the key is, which is from now on met, or {@link #ABSENT}. */
    int meet(long keyHigh, long keyLow) {
        int place = place(keyHigh, keyLow);
        if (used[place] == 0) {
            return ABSENT;
        }
        used[place] = 2;
        return place;
    }

    byte kind(int place) {
        return kind[place];
    }

    long value(int place) {
        return value[place];
    }

    /** Takes a key that was never met. */
    @FunctionalInterface
    interface Unmet {
        void key(long high, long low, byte kind);
    }

    void forEachUnmet(Unmet handler) {
        for (int i = 0; i < used.length; i++) {
            if (used[i] == 1) {
                handler.key(high[i], low[i], kind[i]);
            }
        }
    }
}
