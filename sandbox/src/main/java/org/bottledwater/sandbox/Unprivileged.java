package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How PostgreSQL, which refuses to run as root, is run by whoever runs us. Each prefix keeps the process id. */
enum Unprivileged {
    /** We are an ordinary user already. */
    AS_WE_ARE,
    /** In a user namespace without a mapping root is nobody, and yet owns its files. */
    IN_A_NAMESPACE,
    /** Where the container forbids namespaces. */
    AS_NOBODY;

    private static final int NOBODY = 65534;

    static Unprivileged choose(Path ownFolder) {
        try {
            if (!Integer.valueOf(0).equals(Files.getAttribute(ownFolder, "unix:uid"))) {
                return AS_WE_ARE;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not read the owner, path=" + ownFolder, e);
        }
        boolean namespaces = Programs.exists("unshare") && Programs.succeeds(List.of("unshare", "-U", "true"));
        return namespaces ? IN_A_NAMESPACE : AS_NOBODY;
    }

    List<String> prefix() {
        return switch (this) {
            case AS_WE_ARE -> List.of();
            case IN_A_NAMESPACE -> List.of("unshare", "-U");
            case AS_NOBODY -> List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
        };
    }

    /** Whether files that are ours, and folders above them that are closed to others, cannot be used. */
    boolean isSomeoneElse() {
        return this == AS_NOBODY;
    }

    void own(Path path) {
        if (isSomeoneElse()) {
            try {
                Files.setAttribute(path, "unix:uid", NOBODY);
                Files.setAttribute(path, "unix:gid", NOBODY);
            } catch (IOException e) {
                throw new UncheckedIOException("sandbox: could not give away, path=" + path, e);
            }
        }
    }
}
