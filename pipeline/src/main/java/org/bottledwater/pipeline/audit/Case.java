package org.bottledwater.pipeline.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.bottledwater.kafka.TopicScan;
import org.bottledwater.pipeline.TransactionHeaders;
import org.bottledwater.pipeline.audit.Difference.Kind;
import org.jspecify.annotations.Nullable;

/** What the second look finds of one suspect: its row, and its last message that belongs to the state. */
final class Case {
    private byte @Nullable [] rowKey;
    private byte @Nullable [] rowValue;
    private String text = "";
    private boolean unrepresentable;

    private TopicScan.@Nullable Place at;
    private byte @Nullable [] messageKey;
    private byte @Nullable [] messageValue;
    private Set<String> excused = Set.of();

    /** There are messages of the key about which it is not known, or known, that they are not of the state. */
    private boolean touched;

    private boolean skipped;

    /** What is to be said of it. */
    enum Verdict {
        RIGHT,
        WRONG,
        /** What the topic holds may already be of a later state, or there was no room for the values. */
        UNSETTLED,
        UNREPRESENTABLE
    }

    /** @param kind of {@link Verdict#WRONG} */
    record Judgement(Verdict verdict, Optional<Kind> kind, List<String> columns) {
        static Judgement of(Verdict verdict) {
            return new Judgement(verdict, Optional.empty(), List.of());
        }
    }

    void row(byte[] key, byte @Nullable [] value, String keyText) {
        rowKey = key;
        rowValue = skipped ? null : value;
        unrepresentable = value == null;
        text = keyText;
    }

    /** @param wasBefore whether it was there before the snapshot was taken */
    void message(TopicScan.Place place, byte[] key, byte @Nullable [] value, boolean wasBefore, Headers headers) {
        if (at != null && !place.isAfter(at)) {
            return;
        }
        at = place;
        messageKey = key;
        messageValue = skipped ? null : value;
        // Who changed a value that was read later, but before the snapshot, is seen by the snapshot, too: the message
        // of
        // that change has come by now.
        excused = wasBefore ? Set.of() : excused(headers);
    }

    private static Set<String> excused(Headers headers) {
        Header later = headers.lastHeader(TransactionHeaders.READ_LATER);
        Header unknown = headers.lastHeader(TransactionHeaders.UNKNOWN);
        if (later == null && unknown == null) {
            return Set.of();
        }
        String names = (later == null ? "" : text(later)) + "," + (unknown == null ? "" : text(unknown));
        return Set.copyOf(List.of(names.split(",", -1)));
    }

    private static String text(Header header) {
        return new String(header.value(), UTF_8);
    }

    void touch() {
        touched = true;
    }

    /** Lets go of what takes room. */
    void skip() {
        skipped = true;
        rowValue = null;
        messageValue = null;
    }

    /** How many bytes of values it holds. */
    int size() {
        return (rowValue == null ? 0 : rowValue.length) + (messageValue == null ? 0 : messageValue.length);
    }

    Judgement judge(Layouts layouts) {
        if (skipped) {
            return Judgement.of(Verdict.UNSETTLED);
        }
        if (unrepresentable) {
            return Judgement.of(Verdict.UNREPRESENTABLE);
        }
        byte[] row = rowValue;
        byte[] message = messageValue;
        if (row == null && message == null) {
            return Judgement.of(Verdict.RIGHT);
        }
        if (row != null && message != null) {
            boolean same = Arrays.equals(row, message);
            List<String> columns = same ? List.of() : layouts.differing(message, row, excused);
            return columns.isEmpty() ? Judgement.of(Verdict.RIGHT) : wrong(Kind.DIFFERENT, columns);
        }
        return wrong(row == null ? Kind.EXTRA : Kind.MISSING, List.of());
    }

    /** Compaction may have taken the message of this state away already, where there is a later one. */
    private Judgement wrong(Kind kind, List<String> columns) {
        return touched ? Judgement.of(Verdict.UNSETTLED) : new Judgement(Verdict.WRONG, Optional.of(kind), columns);
    }

    /** The key's bytes to repair it with: those of the message that is to go, or of the row that is to come. */
    byte[] key() {
        byte[] key = rowKey == null ? messageKey : rowKey;
        if (key == null) {
            throw new IllegalStateException("neither a row nor a message");
        }
        return key;
    }

    byte @Nullable [] rowValue() {
        return rowValue;
    }

    /** The key for people. */
    String keyText(KeyNames names) {
        return text.isEmpty() ? names.of(key()) : text;
    }

    /** Shows the key of a message for which there is no row. */
    @FunctionalInterface
    interface KeyNames {
        String of(byte[] key);
    }

    /** When nothing can decode it. */
    static String hex(byte[] key) {
        return HexFormat.of().formatHex(key);
    }
}
