package org.bottledwater.cli;

import java.util.List;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(built from source)" : version;
    }

    static List<String> lines() {
        return List.of(
                "bottledwater " + text(),
                "java " + System.getProperty("java.version") + ", " + System.getProperty("java.vm.name") + ", "
                        + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }

    @Override
    public String[] getVersion() {
        return lines().toArray(String[]::new);
    }
}
