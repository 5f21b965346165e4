package org.bottledwater.cli.progress;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The last lines of a terminal, which are drawn anew again and again, with the log passing above them: whoever writes to
 * this stream writes there, whole lines at a time. Thread-safe.
 */
public final class LiveLines extends OutputStream {
    private static final String UP = "\u001b[%dA\r";
    private static final String CLEAR_BELOW = "\u001b[J";

    private final OutputStream out;
    private List<String> shown = List.of();

    public LiveLines(OutputStream out) {
        this.out = out;
    }

    /** Draws these lines in the place of those before; none takes them away. */
    synchronized void show(List<String> lines) throws IOException {
        if (!lines.equals(shown)) {
            StringBuilder text = new StringBuilder(erased());
            lines.forEach(line -> text.append(line).append('\n'));
            shown = List.copyOf(lines);
            print(text);
        }
    }

    private String erased() {
        return shown.isEmpty() ? "" : UP.formatted(shown.size()) + CLEAR_BELOW;
    }

    @Override
    public synchronized void write(byte[] text, int offset, int length) throws IOException {
        StringBuilder all = new StringBuilder(erased());
        all.append(new String(text, offset, length, StandardCharsets.UTF_8));
        shown.forEach(line -> all.append(line).append('\n'));
        print(all);
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** In one write, so that nothing flickers. */
    private void print(StringBuilder text) throws IOException {
        out.write(text.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
