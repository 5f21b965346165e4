package org.bottledwater.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/** What a command knows of the outside: its streams, the environment, and whether it was asked to stop. */
record Terminal(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment, StopSignal stop) {

    Path home() {
        return Path.of(System.getProperty("user.home", "."));
    }
}
