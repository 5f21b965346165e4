package org.bottledwater.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demonstration as a process of its own, stopped as a person would. */
class DemoTest {
    private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1:([0-9]+)");

    @Test
    @Timeout(150)
    void shouldShowHowChangesTravelAndLeaveNothingBehind() throws Exception {
        Process demo = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx240m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "demo",
                        "--keep",
                        "--seconds=1")
                .redirectErrorStream(true)
                .start();
        List<String> lines = new ArrayList<>();
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(demo.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.contains("/subjects")) {
                    // It stays up now; the signal is that of Ctrl-C's colleague.
                    demo.toHandle().destroy();
                }
            }
        } finally {
            demo.destroyForcibly();
        }
        String output = String.join("\n", lines);

        assertThat(demo.waitFor(10, TimeUnit.SECONDS)).as(output).isTrue();
        assertThat(demo.exitValue()).as(output).isZero();
        // A long message goes on in the next line.
        assertThat(output.replaceAll("\n {20,}", ""))
                .contains("    customers    snapshot {\"id\":1} → {\"id\":1,\"name\":\"Ada Lovelace\"")
                .contains("    products     update   {\"sku\":\"KAFKA\"} → null")
                .contains("\"loyalty_points\":50}")
                .contains("    order_items  delete   {\"order_id\":100,\"line\":1} → null")
                .contains("They are equal.")
                .endsWith("Everything is gone again.")
                .doesNotContain("WARN", "ERROR");
        List<Integer> ports = ADDRESS.matcher(output)
                .results()
                .map(MatchResult::group)
                .map(address -> Integer.valueOf(address.substring(address.indexOf(':') + 1)))
                .distinct()
                .toList();
        assertThat(ports)
                .hasSize(4)
                .allSatisfy(port -> assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                        .isInstanceOf(IOException.class));
    }
}
