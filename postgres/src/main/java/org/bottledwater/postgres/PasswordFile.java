package org.bottledwater.postgres;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lines {@code hostname:port:database:username:password} of a password file (manual, "The Password File"). */
final class PasswordFile {
    private static final Logger LOG = LoggerFactory.getLogger(PasswordFile.class);
    private static final Set<PosixFilePermission> PRIVATE =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private final List<String> lines;

    private PasswordFile(List<String> lines) {
        this.lines = lines;
    }

    /** As libpq does, a file that others may read is not used, and one that does not exist is no error. */
    static PasswordFile read(Path path) {
        try {
            if (!Files.exists(path)) {
                return new PasswordFile(List.of());
            }
            if (!Files.isRegularFile(path)) {
                LOG.warn("password file is not used, it is not a plain file: path={}", path);
                return new PasswordFile(List.of());
            }
            if (Files.getFileStore(path).supportsFileAttributeView("posix")
                    && !PRIVATE.containsAll(Files.getPosixFilePermissions(path))) {
                LOG.warn("password file is not used, others may read it: path={}. Run chmod 600 on it", path);
                return new PasswordFile(List.of());
            }
            return new PasswordFile(new String(Files.readAllBytes(path), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
        } catch (IOException e) {
            LOG.warn("password file is not used, it cannot be read: path={} reason={}", path, e.toString());
            return new PasswordFile(List.of());
        }
    }

    /** The password of the first line that fits. */
    Optional<String> find(String host, int port, String database, String user) {
        List<String> wanted = List.of(host, Integer.toString(port), database, user);
        for (String line : lines) {
            if (line.startsWith("#")) {
                continue;
            }
            int at = 0;
            for (String field : wanted) {
                at = at < 0 ? -1 : skipField(line, at, field);
            }
            if (at >= 0) {
                return Optional.of(unescape(line.substring(at)));
            }
        }
        return Optional.empty();
    }

    /** @return where the next field begins, or -1 if this one does not fit */
    private static int skipField(String line, int from, String wanted) {
        if (line.startsWith("*:", from)) {
            return from + 2;
        }
        int at = from;
        int matched = 0;
        while (at < line.length()) {
            char c = line.charAt(at);
            if (c == ':') {
                return matched == wanted.length() ? at + 1 : -1;
            }
            if (c == '\\' && at + 1 < line.length()) {
                at++;
                c = line.charAt(at);
            }
            if (matched == wanted.length() || wanted.charAt(matched) != c) {
                return -1;
            }
            matched++;
            at++;
        }
        return -1;
    }

    private static String unescape(String text) {
        StringBuilder password = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && i + 1 < text.length()) {
                i++;
            }
            password.append(text.charAt(i));
        }
        return password.toString();
    }
}
