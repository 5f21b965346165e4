package org.bottledwater.pipeline.audit;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.bottledwater.pipeline.audit.Difference.Kind;

/**
 * Compares the hashes of messages with those of rows, part by part. A part that does not fit into memory is divided once
 * more. One thread at a time.
 */
final class Comparison {
    /** The size of a message's record: the key's hash, its kind, the value's hash, its partition and time. */
    static final int MESSAGE = 16 + 1 + 8 + 4 + 8;

    /** The kind of a null value. Those below are kinds of layouts. */
    static final byte TOMBSTONE = 64;

    /** The kind of a value whose layout is unknown. */
    static final byte UNKNOWN = 65;

    /** Where in a row's record the hashes of its value are: behind the key's hash and whether there is a value. */
    private static final int VALUES = 16 + 1;

    private static final int PARTS_OF_PART = 16;

    private final Path folder;
    private final boolean wasCopied;
    private final Fold fold;
    private final Suspects suspects = new Suspects();
    private long notCopied;

    /**
     * @param keysMax how many keys are held in memory at a time
     * @param wasCopied whether rows that have no message are missing; otherwise they are only counted
     */
    Comparison(Path folder, int keysMax, boolean wasCopied) {
        this.folder = folder;
        this.wasCopied = wasCopied;
        this.fold = new Fold(keysMax);
    }

    /** The size of a row's record: the key's hash, 1 or 0 for one without value, and a hash for each kind of layout. */
    static int rowSize(int kinds) {
        return VALUES + 8 * kinds;
    }

    Suspects suspects() {
        return suspects;
    }

    long notCopied() {
        return notCopied;
    }

    /** Both in as many parts. */
    void compare(Spill messages, Spill rows) {
        for (int part = 0; part < messages.parts(); part++) {
            compare(messages, rows, part, Integer.numberOfTrailingZeros(messages.parts()));
        }
    }

    private void compare(Spill messages, Spill rows, int part, int bits) {
        fold.clear();
        boolean[] fits = {true};
        messages.read(part, message -> fits[0] = fits[0] && fold.put(message));
        if (!fits[0]) {
            divide(messages, rows, part, bits);
            return;
        }
        rows.read(part, this::judge);
        fold.forEachUnmet((high, low, kind) -> {
            if (kind != TOMBSTONE) {
                suspects.add(new Suspects.Key(high, low), Kind.EXTRA);
            }
        });
    }

    /** There are more keys than was expected. */
    private void divide(Spill messages, Spill rows, int part, int bits) {
        try (Spill ofMessages = divided(messages, part, bits);
                Spill ofRows = divided(rows, part, bits)) {
            for (int i = 0; i < PARTS_OF_PART; i++) {
                compare(ofMessages, ofRows, i, bits + Integer.numberOfTrailingZeros(PARTS_OF_PART));
            }
        }
    }

    private Spill divided(Spill whole, int part, int bits) {
        Spill divided = new Spill(folder, whole.recordSize(), PARTS_OF_PART, bits);
        whole.read(part, record -> divided.add(record.getLong(0), record));
        return divided;
    }

    private void judge(ByteBuffer row) {
        long high = row.getLong();
        long low = row.getLong();
        boolean judged = row.get() == 1;
        int place = fold.meet(high, low);
        if (!judged) {
            return;
        }
        byte kind = place == Fold.ABSENT ? TOMBSTONE : fold.kind(place);
        if (kind == TOMBSTONE && !wasCopied) {
            notCopied++;
        } else if (kind == TOMBSTONE) {
            suspects.add(new Suspects.Key(high, low), Kind.MISSING);
        } else if (kind == UNKNOWN || row.getLong(VALUES + 8 * kind) != fold.value(place)) {
            suspects.add(new Suspects.Key(high, low), Kind.DIFFERENT);
        }
    }
}
