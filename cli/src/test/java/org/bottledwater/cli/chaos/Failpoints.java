package org.bottledwater.cli.chaos;

import static net.bytebuddy.matcher.ElementMatchers.isPublic;
import static net.bytebuddy.matcher.ElementMatchers.named;

import java.io.File;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.AsmVisitorWrapper;

/**
 * Ends the program at a {@link Failpoint}, as {@code kill -9} would. It is an agent that weaves itself into the one method
 * in question, so that the program itself knows nothing of it.
 */
public final class Failpoints {
    static final int EXIT_CODE = 97;

    private static final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

    private Failpoints() {}

    /** The option for a JVM that is to end when it comes to the point for the {@code passing}th time. */
    static String option(Path jar, Failpoint point, int passing) {
        return "-javaagent:" + jar + "=" + point + ":" + passing;
    }

    /** A jar of a manifest only: the classes are where this JVM has them. */
    static Path agent(Path folder) throws IOException {
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), Failpoints.class.getName());
        manifest.getMainAttributes()
                .put(
                        Attributes.Name.CLASS_PATH,
                        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                                .filter(entry -> entry.contains("byte-buddy") || entry.endsWith("test-classes"))
                                .map(entry -> Path.of(entry).toUri().toString())
                                .collect(Collectors.joining(" ")));
        Path jar = folder.resolve("failpoints.jar");
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    public static void premain(String argument, Instrumentation instrumentation) {
        String[] parts = argument.split(":", 2);
        Failpoint point = Failpoint.valueOf(parts[0]);
        left.set(Integer.parseInt(parts[1]));
        AsmVisitorWrapper advice = Advice.to(point.isBefore() ? Before.class : After.class)
                .on(named(point.method).and(isPublic().or(named("create"))));
        new AgentBuilder.Default()
                .disableClassFormatChanges()
                .type(named(point.type))
                .transform((builder, type, loader, module, domain) -> builder.visit(advice))
                .installOn(instrumentation);
    }

    /** Called by the woven method. */
    public static void pass() {
        if (left.decrementAndGet() == 0) {
            System.err.println("failpoint: ended");
            Runtime.getRuntime().halt(EXIT_CODE);
        }
    }

    /** Its code is copied to the beginning of the method. */
    static final class Before {
        private Before() {}

        @Advice.OnMethodEnter
        static void enter() {
            Failpoints.pass();
        }
    }

    /** Its code is copied to each return of the method. */
    static final class After {
        private After() {}

        @Advice.OnMethodExit
        static void exit() {
            Failpoints.pass();
        }
    }
}
