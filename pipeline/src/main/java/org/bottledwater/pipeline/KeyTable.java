package org.bottledwater.pipeline;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bottledwater.change.ConfigurationException;

/**
 * Maps 128-bit keys to numbers other than 0, with open addressing. A large one lies in a temporary file that is mapped into
 * memory and has no name any more, so that it takes no heap and leaves nothing behind.
 */
final class KeyTable {
    /** Key, key, value. */
    private static final int WIDTH = 3;

    private static final int FIRST_CAPACITY = 1 << 8;
    private static final int SEGMENT_BITS = 22;
    private static final int SEGMENT = 1 << SEGMENT_BITS;

    private final int heapCapacity;
    private Slots slots = new OnHeap(FIRST_CAPACITY);
    private long capacity = FIRST_CAPACITY;
    private long size;

    private interface Slots {
        long get(long index);

        void set(long index, long value);

        default void close() {}
    }

    /** @param heapCapacity up to how many slots, a power of two, it lies on the heap; 24 bytes each */
    KeyTable(int heapCapacity) {
        this.heapCapacity = heapCapacity;
    }

    long size() {
        return size;
    }

    boolean isOnHeap() {
        return slots instanceof OnHeap;
    }

    /** 0 for a key that is not there. */
    long get(long high, long low) {
        return slots.get(slot(high, marked(high, low)) * WIDTH + 2);
    }

    void put(long high, long low, long value) {
        if (size >= capacity - capacity / 4) {
            grow();
        }
        long at = slot(high, marked(high, low)) * WIDTH;
        if (slots.get(at + 2) == 0) {
            size++;
        }
        slots.set(at, high);
        slots.set(at + 1, marked(high, low));
        slots.set(at + 2, value);
    }

    /** What stands behind it moves up, so that nothing marks the place: a table that stays small never grows. */
    void remove(long high, long low) {
        long free = slot(high, marked(high, low));
        if (slots.get(free * WIDTH + 2) == 0) {
            return;
        }
        size--;
        long next = free;
        while (true) {
            next = (next + 1) & (capacity - 1);
            if (slots.get(next * WIDTH + 2) == 0) {
                slots.set(free * WIDTH + 2, 0);
                return;
            }
            long wanted = slots.get(next * WIDTH) & (capacity - 1);
            // How far it would be from where it belongs, there and here: it moves if that is on its way.
            long ahead = (next - wanted) & (capacity - 1);
            if (ahead >= ((next - free) & (capacity - 1))) {
                for (int i = 0; i < WIDTH; i++) {
                    slots.set(free * WIDTH + i, slots.get(next * WIDTH + i));
                }
                free = next;
            }
        }
    }

    void clear() {
        if (size == 0 && isOnHeap()) {
            return;
        }
        slots.close();
        slots = new OnHeap(FIRST_CAPACITY);
        capacity = FIRST_CAPACITY;
        size = 0;
    }

    private static long marked(long high, long low) {
        return high == 0 && low == 0 ? 1 : low;
    }

    /** The slot that holds the key, or the free one where it would go. The keys are hashes already. */
    private long slot(long high, long low) {
        long slot = high & (capacity - 1);
        while (slots.get(slot * WIDTH + 2) != 0
                && (slots.get(slot * WIDTH) != high || slots.get(slot * WIDTH + 1) != low)) {
            slot = (slot + 1) & (capacity - 1);
        }
        return slot;
    }

    private void grow() {
        Slots old = slots;
        long oldCapacity = capacity;
        Slots bigger = oldCapacity * 2 <= heapCapacity
                ? new OnHeap((int) (oldCapacity * 2))
                : Mapped.create(oldCapacity * 2 * WIDTH);
        slots = bigger;
        capacity = oldCapacity * 2;
        for (long i = 0; i < oldCapacity * WIDTH; i += WIDTH) {
            if (old.get(i + 2) != 0) {
                long at = slot(old.get(i), old.get(i + 1)) * WIDTH;
                for (int k = 0; k < WIDTH; k++) {
                    slots.set(at + k, old.get(i + k));
                }
            }
        }
        old.close();
    }

    private static final class OnHeap implements Slots {
        private final long[] longs;

        OnHeap(int capacity) {
            longs = new long[capacity * WIDTH];
        }

        @Override
        public long get(long index) {
            return longs[(int) index];
        }

        @Override
        public void set(long index, long value) {
            longs[(int) index] = value;
        }
    }

    private static final class Mapped implements Slots {
        private final FileChannel file;
        private final LongBuffer[] segments;

        private Mapped(FileChannel file, LongBuffer[] segments) {
            this.file = file;
            this.segments = segments;
        }

        static Mapped create(long longs) {
            Path folder = Path.of(System.getProperty("java.io.tmpdir", "."));
            try {
                Path path = Files.createTempFile(folder, "bottledwater-keys", ".tmp");
                FileChannel file = FileChannel.open(
                        path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
                try {
                    return new Mapped(file, map(file, longs));
                } catch (IOException e) {
                    file.close();
                    throw e;
                }
            } catch (IOException e) {
                throw new ConfigurationException(
                        "a transaction moves rows between many keys of tables with a deferrable primary key, and the file"
                                + " that remembers them cannot be written: folder=" + folder + " bytes=" + longs * 8
                                + " reason=" + e.getMessage()
                                + ". Make room there, or name another folder with -Djava.io.tmpdir",
                        e);
            }
        }

        /** Written before it is mapped: to find the disk full in mapped memory would end the process. */
        private static LongBuffer[] map(FileChannel file, long longs) throws IOException {
            ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
            for (long position = 0; position < longs * 8; position += zeros.capacity()) {
                zeros.clear();
                zeros.limit((int) Math.min(zeros.capacity(), longs * 8 - position));
                while (zeros.hasRemaining()) {
                    file.write(zeros, position + zeros.position());
                }
            }
            LongBuffer[] segments = new LongBuffer[(int) ((longs + SEGMENT - 1) >> SEGMENT_BITS)];
            for (int i = 0; i < segments.length; i++) {
                long from = (long) i << SEGMENT_BITS;
                segments[i] = file.map(FileChannel.MapMode.READ_WRITE, from * 8, Math.min(SEGMENT, longs - from) * 8)
                        .asLongBuffer();
            }
            return segments;
        }

        @Override
        public long get(long index) {
            return segments[(int) (index >> SEGMENT_BITS)].get((int) (index & (SEGMENT - 1)));
        }

        @Override
        public void set(long index, long value) {
            segments[(int) (index >> SEGMENT_BITS)].put((int) (index & (SEGMENT - 1)), value);
        }

        /** The mapping stays until the garbage collector comes by; what it takes of the disk is free at once. */
        @Override
        public void close() {
            try {
                file.truncate(0);
                file.close();
            } catch (IOException e) {
                throw new ConfigurationException("temporary file cannot be closed: reason=" + e.getMessage(), e);
            }
        }
    }
}
