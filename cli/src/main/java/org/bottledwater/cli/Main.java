package org.bottledwater.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.bottledwater.change.ConfigurationException;
import org.bottledwater.change.ConnectionException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** The {@code bottledwater} command. Exit codes: 0 done, 1 it failed, 2 wrong usage. */
public final class Main {
    static final int DONE = 0;
    static final int FAILED = 1;

    private Main() {}

    public static void main(String[] arguments) {
        if (List.of("--version").equals(List.of(arguments)) || List.of("-V").equals(List.of(arguments))) {
            // Often asked by scripts; what else there is, a logger too, takes half a second to load.
            Version.lines().forEach(System.out::println);
            return;
        }
        StopSignal stop = new StopSignal();
        stop.listen();
        // The JVM would write in the encoding of the locale; what is printed here is UTF-8 wherever it runs.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        int code = run(new Terminal(System.in, out, err, System.getenv(), stop), arguments);
        out.flush();
        System.exit(code);
    }

    /** Runs one command and returns its exit code; nothing is thrown, no thread is left that the command started. */
    static int run(Terminal terminal, String... arguments) {
        CommandLine commands = Commands.of(terminal);
        try {
            Logging.start(terminal.environment());
            Layers layers = Layers.read(commands, terminal.environment(), List.of(arguments));
            commands.setParameterExceptionHandler((e, all) -> Commands.wrongUsage(terminal, layers.origins(), e));
            return commands.execute(layers.arguments().toArray(String[]::new));
        } catch (WrongUsage e) {
            return Commands.wrongUsage(terminal, e);
        } catch (Error e) {
            return failed(terminal, e);
        }
    }

    /** What went wrong, in a line or a few; the stack trace only for who asked for one. */
    static int failed(Terminal terminal, Throwable failure) {
        boolean forPeople = failure instanceof ConfigurationException || failure instanceof ConnectionException;
        String message = failure instanceof OutOfMemoryError ? tooLittleMemory() : failure.getMessage();
        if (message == null || message.isBlank() || (!forPeople && failure instanceof NullPointerException)) {
            message = "unexpected failure: " + failure + "\n  set " + Logging.VARIABLE + "=debug to see where";
        }
        if (Logging.isJson()) {
            LoggerFactory.getLogger(Main.class).error("{}", Secrets.hide(message), failure);
            return FAILED;
        }
        terminal.err().println("bottledwater: " + Secrets.hide(message));
        if (Logging.isDebug(terminal.environment())) {
            failure.printStackTrace(terminal.err());
        }
        return FAILED;
    }

    private static String tooLittleMemory() {
        long limit = Runtime.getRuntime().maxMemory() >> 20;
        return "the memory is not enough for the rows in work: heap=" + limit
                + " MB; nothing is lost, the next run goes on"
                + "\n  give it ten times the largest row, here perhaps:  BOTTLEDWATER_HEAP=" + Math.max(512, 2 * limit)
                + "m";
    }
}
