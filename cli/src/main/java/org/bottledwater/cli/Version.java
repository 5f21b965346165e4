package org.bottledwater.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        Package here = Version.class.getPackage();
        String version = here.getImplementationVersion();
        return new String[] {
            "bottledwater " + (version == null ? "(built from source)" : version),
            "java " + System.getProperty("java.version") + ", " + System.getProperty("java.vm.name") + ", "
                    + System.getProperty("os.name") + " " + System.getProperty("os.arch")
        };
    }
}
