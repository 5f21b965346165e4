package org.bottledwater.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a terminal shows after all that was written to it: this one knows the three sequences that are used. */
class LiveLinesTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final LiveLines lines = new LiveLines(out);

    private List<String> screen() {
        List<String> screen = new ArrayList<>(List.of(""));
        int row = 0;
        String text = out.toString(StandardCharsets.UTF_8);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\u001b') {
                int end = i + 2;
                while (!Character.isLetter(text.charAt(end))) {
                    end++;
                }
                if (text.charAt(end) == 'A') {
                    row -= Integer.parseInt(text.substring(i + 2, end));
                } else {
                    assertThat(text.substring(i, end + 1)).isEqualTo("\u001b[J");
                    screen.subList(row, screen.size()).clear();
                    screen.add("");
                }
                i = end;
            } else if (c == '\n') {
                row++;
                if (row == screen.size()) {
                    screen.add("");
                }
            } else if (c != '\r') {
                screen.set(row, screen.get(row) + c);
            }
        }
        return screen;
    }

    private void log(String line) throws IOException {
        lines.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void shouldKeepTheLogAboveWhatIsDrawnAnew() throws IOException {
        log("one");
        lines.show(List.of("a 1%", "all 1%"));
        log("two");
        lines.show(List.of("a 2%", "b 1%", "all 2%"));
        log("three ✓");
        lines.show(List.of("all 99%"));

        assertThat(screen()).containsExactly("one", "two", "three ✓", "all 99%", "");
    }

    @Test
    void shouldLeaveNothingBehind() throws IOException {
        log("one");
        lines.show(List.of("a", "b"));
        lines.show(List.of());
        log("two");

        assertThat(screen()).containsExactly("one", "two", "");
    }

    @Test
    void shouldDrawNothingThatIsThereAlready() throws IOException {
        lines.show(List.of("a"));
        int length = out.size();
        lines.show(List.of("a"));

        assertThat(out.size()).isEqualTo(length);
    }
}
