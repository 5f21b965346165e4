package org.bottledwater.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The programs of the servers: where the build put them, and unpacked when first needed. */
final class ServerFiles {

    static final String FOLDER_PROPERTY = "bottledwater.servers";

    private static final String POSTGRES_PREFIX = "postgres.";

    private final Path folder;
    private final Properties versions;
    private final Cache cache;

    private ServerFiles(Path folder, Properties versions) {
        this.folder = folder;
        this.versions = versions;
        this.cache = new Cache(folder.resolve("cache"));
    }

    static ServerFiles find() {
        return new ServerFiles(findFolder(), readVersions());
    }

    Cache cache() {
        return cache;
    }

    String kafkaVersion() {
        return version("kafka");
    }

    String registryVersion() {
        return version("registry");
    }

    String postgresVersion(String major) {
        String version = versions.getProperty(POSTGRES_PREFIX + major);
        if (version == null) {
            TreeSet<String> majors = new TreeSet<>();
            for (String name : versions.stringPropertyNames()) {
                if (name.startsWith(POSTGRES_PREFIX)) {
                    majors.add(name.substring(POSTGRES_PREFIX.length()));
                }
            }
            throw new SandboxException("postgres: not one of the majors in the sandbox, major=" + major + " majors="
                    + String.join(",", majors));
        }
        return version;
    }

    /** The jars of the broker in a fixed order, since an archive of its classes holds only for the same class path. */
    String kafkaClassPath() {
        Path jars = existing(folder.resolve("kafka-" + kafkaVersion()));
        try (Stream<Path> files = Files.list(jars)) {
            List<String> sorted = files.map(Path::toString)
                    .filter(path -> path.endsWith(".jar"))
                    .sorted()
                    .toList();
            return String.join(System.getProperty("path.separator", ":"), sorted);
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not list, folder=" + jars, e);
        }
    }

    Path postgresArchive(String major) {
        Path archive = folder.resolve("postgres-" + postgresVersion(major) + ".jar");
        if (!Files.exists(archive)) {
            throw new SandboxException("postgres: this major is not here, major=" + major + " path=" + archive
                    + "; `mvn generate-resources -pl sandbox -Pmatrix` fetches every major");
        }
        return archive;
    }

    Path postgresHome(String major) {
        Path archive = postgresArchive(major);
        return cache.once("postgres-" + postgresVersion(major), target -> Archives.unpackTxzInJar(archive, target));
    }

    Path registryJar() {
        Path archive = existing(folder.resolve("registry-" + registryVersion() + ".tar.gz"));
        return cache.once("registry-" + registryVersion(), target -> Archives.unpackTarGz(archive, target))
                .resolve("apicurio-registry-app-" + registryVersion() + "-runner.jar");
    }

    private String version(String name) {
        return versions.getProperty(name, "");
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw new SandboxException(
                    "sandbox: missing, path=" + path + "; `mvn generate-resources -pl sandbox` copies it there");
        }
        return path;
    }

    private static Properties readVersions() {
        Properties versions = new Properties();
        try (InputStream in = ServerFiles.class.getResourceAsStream("servers.properties")) {
            versions.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("sandbox: could not read servers.properties", e);
        }
        return versions;
    }

    static boolean isAvailable() {
        try {
            return Files.isDirectory(findFolder());
        } catch (SandboxException e) {
            return false;
        }
    }

    private static Path findFolder() {
        String property = System.getProperty(FOLDER_PROPERTY);
        if (property != null) {
            return Path.of(property).toAbsolutePath();
        }
        List<Path> candidates = new ArrayList<>();
        Path code = ownCode();
        Path target = code == null ? null : code.getParent();
        if (target != null) {
            candidates.add(target.resolve("servers"));
        }
        // A module that is built alone takes the sandbox from the local repository; the servers are in the checkout.
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            candidates.add(up.resolve("sandbox").resolve("target").resolve("servers"));
        }
        for (Path candidate : candidates) {
            if (Files.isDirectory(candidate)) {
                return candidate;
            }
        }
        throw new SandboxException("sandbox: no servers found, searched=" + candidates
                + "; run `mvn generate-resources -pl sandbox` in the checkout, or set -D" + FOLDER_PROPERTY
                + "=FOLDER");
    }

    private static @Nullable Path ownCode() {
        CodeSource source = ServerFiles.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return null;
        }
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }
}
