package org.bottledwater.pipeline;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import org.bottledwater.change.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Which keys the open transaction has given to a row while another row may still have had them. Only a deferrable primary key
 * allows that (manual, "CREATE TABLE", DEFERRABLE), and only REPLICA IDENTITY FULL writes the changes of such a table: after
 * {@code UPDATE t SET id = id + 1} the WAL has 1 to 2, then 2 to 3, and a null value for the key that the second row leaves
 * would take away the first.
 *
 * <p>Of each such key the hash of the row is kept that was sent there last. A row that leaves the key and is another one was
 * there before: nothing is sent for it. If it is the row that was sent, or that cannot be told, its null value is sent; whether a
 * further row has stayed at the key then is asked of the table.
 */
final class GivenKeys {
    /** 64 Ki slots: 1.5 MB. */
    private static final int HEAP_CAPACITY = 1 << 16;

    /** A row is known to have been sent there, whose hash is that of the upper half. */
    private static final long OCCUPIED = 1;

    /** Nobody knows how many rows are there: the entry stays until the transaction ends. */
    private static final long UNSURE = 2;

    private static final int OTHERS_SHIFT = 2;
    private static final long MOST_OTHERS = (1 << 12) - 1;
    private static final int VERSION_SHIFT = 14;
    private static final long VERSIONS = (1 << 17) - 1;

    /** Never 0, which would be no entry. */
    private static final long ENTRY = 1L << 31;

    /** What a row that leaves a key leaves behind. */
    enum Leaving {
        /** Nothing: its null value is right. */
        NOTHING,
        /** Another row, whose message has been sent: no null value may come behind it. */
        ANOTHER,
        /** Nobody knows: its null value is sent, and then the table is asked. */
        UNKNOWN
    }

    private final KeyTable table = new KeyTable(HEAP_CAPACITY);
    private final MessageDigest digest;
    private final byte[] secret = new byte[16];
    private final RowHash hash = new RowHash();

    /** Of the key that was hashed last. */
    private long high;

    private long low;

    GivenKeys() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
        new SecureRandom().nextBytes(secret);
    }

    /** A transaction begins or has ended. */
    void clear() {
        table.clear();
    }

    /** The row was sent to {@code key}, where it was not before. */
    void given(Outlet outlet, byte[] key, Tuple row) {
        find(outlet, key);
        long entry = table.get(high, low);
        if (entry == 0) {
            table.put(high, low, occupied(outlet, row, 0, 0));
            return;
        }
        long others = others(entry) + ((entry & OCCUPIED) == 0 ? 0 : 1);
        long unsure = others > MOST_OTHERS ? UNSURE : entry & UNSURE;
        table.put(high, low, occupied(outlet, row, Math.min(others, MOST_OTHERS), unsure));
    }

    /**
     * A row at {@code key} was sent there once more, changed. If it was not the one that was sent there last, that one is an other
     * now.
     */
    void changed(Outlet outlet, byte[] key, Tuple row) {
        if (table.size() == 0) {
            return;
        }
        find(outlet, key);
        long entry = table.get(high, low);
        if (entry != 0) {
            boolean known = (entry & OCCUPIED) != 0 && version(entry) == version(outlet);
            table.put(high, low, occupied(outlet, row, others(entry), known ? entry & UNSURE : UNSURE));
        }
    }

    /** @param old the whole row as it was, or null if only its key is known */
    Leaving left(Outlet outlet, byte[] key, @Nullable Tuple old) {
        if (table.size() == 0) {
            return Leaving.NOTHING;
        }
        find(outlet, key);
        long entry = table.get(high, low);
        if (entry == 0) {
            return Leaving.NOTHING;
        }
        boolean another = old != null
                && (entry & OCCUPIED) != 0
                && version(entry) == version(outlet)
                && entry >>> 32 != hash.of(outlet, old);
        if (!another) {
            table.put(high, low, ENTRY | UNSURE);
            return Leaving.UNKNOWN;
        }
        if ((entry & UNSURE) == 0 && others(entry) == 0) {
            // It was there when the transaction began, and it was the last beside the one that was sent.
            table.remove(high, low);
        } else if ((entry & UNSURE) == 0) {
            table.put(high, low, entry - (1L << OTHERS_SHIFT));
        }
        return Leaving.ANOTHER;
    }

    private long occupied(Outlet outlet, Tuple row, long others, long unsure) {
        return (hash.of(outlet, row) << 32)
                | ENTRY
                | (version(outlet) << VERSION_SHIFT)
                | (others << OTHERS_SHIFT)
                | unsure
                | OCCUPIED;
    }

    private static long others(long entry) {
        return (entry >>> OTHERS_SHIFT) & MOST_OTHERS;
    }

    private static long version(long entry) {
        return (entry >>> VERSION_SHIFT) & VERSIONS;
    }

    /** The same bytes mean the same row only if the columns are the same. */
    private static long version(Outlet outlet) {
        return outlet.serial() & VERSIONS;
    }

    /** With a secret, so that nobody can choose keys that are taken for one another. */
    private void find(Outlet outlet, byte[] key) {
        digest.update(secret);
        digest.update(outlet.topic().name().getBytes(UTF_8));
        digest.update((byte) 0);
        ByteBuffer sum = ByteBuffer.wrap(digest.digest(key));
        high = sum.getLong();
        low = sum.getLong();
    }
}
