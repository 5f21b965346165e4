package org.bottledwater.sandbox;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** Unpacks the two kinds of archive in which the servers come. */
final class Archives {

    private static final int OWNER_MAY_EXECUTE = 0100;

    private Archives() {}

    static void unpackTarGz(Path archive, Path target) throws IOException {
        try (InputStream file = Files.newInputStream(archive);
                InputStream unzipped = new GZIPInputStream(file, 1 << 16)) {
            unpackTar(unzipped, target);
        }
    }

    /** Unpacks the {@code .txz} that a jar of PostgreSQL binaries holds, this system's if there is one for each. */
    static void unpackTxzInJar(Path jar, Path target) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            ZipEntry txz = zip.stream()
                    .filter(entry -> entry.getName().endsWith(".txz"))
                    .min(Comparator.comparing(entry -> !isForThisSystem(entry.getName())))
                    .orElseThrow(() -> new IOException("unpack: no .txz inside, jar=" + jar));
            try (InputStream packed = new XZInputStream(new BufferedInputStream(zip.getInputStream(txz)))) {
                unpackTar(packed, target);
            }
        }
    }

    private static boolean isForThisSystem(String name) {
        String system = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        return name.toLowerCase(Locale.ROOT).contains(system);
    }

    private static void unpackTar(InputStream in, Path target) throws IOException {
        Files.createDirectories(target);
        try (TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                unpackEntry(tar, entry, target);
            }
        }
    }

    private static void unpackEntry(TarArchiveInputStream tar, TarArchiveEntry entry, Path target) throws IOException {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
            throw new IOException("unpack: entry points out of the archive, entry=" + entry.getName());
        }
        if (entry.isDirectory()) {
            Files.createDirectories(path);
            return;
        }
        Path parent = path.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isLink()) {
            Files.createLink(path, target.resolve(entry.getLinkName()));
        } else {
            Files.copy(tar, path);
            if ((entry.getMode() & OWNER_MAY_EXECUTE) != 0) {
                makeExecutable(path);
            }
        }
    }

    private static void makeExecutable(Path path) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.copyOf(Files.getPosixFilePermissions(path));
        permissions.add(PosixFilePermission.OWNER_EXECUTE);
        permissions.add(PosixFilePermission.GROUP_EXECUTE);
        permissions.add(PosixFilePermission.OTHERS_EXECUTE);
        Files.setPosixFilePermissions(path, permissions);
    }
}
