package org.bottledwater.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** Shows the demonstration's messages, a line each, and folds them: what a reader of the topics would have. Thread-safe. */
final class DemoView {
    private static final int SHOWN_OF_A_COPY = 2;

    private final PrintStream out;
    private final PayloadReader payloads;
    private final boolean colours;
    private final int width;
    private final Map<String, Set<String>> keys = new HashMap<>();
    private final Map<String, Integer> copied = new HashMap<>();
    private int messages;
    private boolean whole;
    private boolean folding = true;

    DemoView(PrintStream out, PayloadReader payloads, Map<String, String> environment) {
        this.out = out;
        this.payloads = payloads;
        this.colours = environment.getOrDefault("BOTTLEDWATER_TERMINAL", "").contains("1")
                && !environment.containsKey("NO_COLOR")
                && !"dumb".equals(environment.get("TERM"));
        String columns = environment.getOrDefault("COLUMNS", "");
        this.width = columns.matches("[0-9]{2,4}") ? Integer.parseInt(columns) : 120;
    }

    synchronized void say(String text) {
        out.println(colour("1", text));
    }

    synchronized void plain(String text) {
        out.println(text);
    }

    /** Whether a message that is longer than a line goes on in the next. */
    synchronized void showWhole(boolean whole) {
        this.whole = whole;
    }

    synchronized void sql(String text) {
        out.println("  " + colour("36", cut("SQL  " + text, width - 2)));
    }

    synchronized void message(ConsumerRecord<byte[], byte[]> message) {
        String topic = message.topic();
        String key = payloads.read(message.key()).toString();
        JsonNode value = payloads.read(message.value());
        String operation = operation(message);
        if (folding) {
            fold(topic, key, message.value() != null);
        }
        messages++;
        if (operation.equals("snapshot") && copied.merge(topic, 1, Integer::sum) > SHOWN_OF_A_COPY) {
            notifyAll();
            return;
        }
        String head = String.format("    %-12s %-8s ", topic, operation);
        String rest = key + " → " + value;
        String tint = message.value() == null ? "31" : "32";
        int room = Math.max(20, width - head.length());
        out.println(colour("2", head)
                + colour(tint, whole ? rest.substring(0, Math.min(room, rest.length())) : cut(rest, room)));
        for (int at = room; whole && at < rest.length(); at += room) {
            String line = rest.substring(at, Math.min(at + room, rest.length()));
            out.println(" ".repeat(head.length()) + colour(tint, line));
        }
        notifyAll();
    }

    private void fold(String topic, String key, boolean hasValue) {
        Set<String> live = keys.computeIfAbsent(topic, name -> new HashSet<>());
        if (hasValue) {
            live.add(key);
        } else {
            live.remove(key);
        }
    }

    /** From now on messages are only shown: what somebody who plays with it writes may be any number of keys. */
    synchronized void forgetKeys() {
        folding = false;
        keys.clear();
    }

    private static String operation(ConsumerRecord<byte[], byte[]> message) {
        Header header = message.headers().lastHeader("pg.op");
        return header == null ? "" : MessageJson.text(header).asText();
    }

    synchronized int messages() {
        return messages;
    }

    /** How many keys of a topic have a value. */
    synchronized long live(String topic) {
        return keys.getOrDefault(topic, Set.of()).size();
    }

    /** Waits until {@code condition}, which is looked at whenever a message has come; returns whether it came true. */
    synchronized boolean await(BooleanSupplier condition, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (!condition.getAsBoolean()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            // Conditions may also depend on what makes no message: a signal, or a failure.
            wait(Math.min(left, 100));
        }
        return true;
    }

    private static String cut(String text, int length) {
        String line = text.replaceAll("\\s+", " ");
        return line.length() <= length ? line : line.substring(0, Math.max(1, length - 1)) + "…";
    }

    private String colour(String code, String text) {
        return colours ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
