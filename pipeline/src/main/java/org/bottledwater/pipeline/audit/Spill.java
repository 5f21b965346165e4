package org.bottledwater.pipeline.audit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.function.Consumer;
import org.bottledwater.change.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * Records of one size, divided by the first bits of the hash that they begin with, in the order in which they came.
 * Memory is a block for each part; what is more is in one temporary file, in blocks. One thread at a time.
 */
final class Spill implements AutoCloseable {
    private static final int BLOCK = 8 << 10;

    private final Path folder;
    private final int recordSize;
    private final int parts;
    private final int shift;
    private final int blockSize;
    private final byte[][] open;
    private final int[] filled;
    private final long[][] blocks;
    private final int[] blockCount;
    private final byte[] scratch;
    private @Nullable FileChannel file;
    private long fileSize;

    /**
     * @param parts a power of two
     * @param skip how many of the hash's first bits are of no use, as all records have the same
     */
    Spill(Path folder, int recordSize, int parts, int skip) {
        this.folder = folder;
        this.recordSize = recordSize;
        this.parts = parts;
        this.shift = Long.SIZE - skip - Integer.numberOfTrailingZeros(parts);
        this.blockSize = BLOCK / recordSize * recordSize;
        this.open = new byte[parts][0];
        this.filled = new int[parts];
        this.blocks = new long[parts][0];
        this.blockCount = new int[parts];
        this.scratch = new byte[recordSize];
    }

    int parts() {
        return parts;
    }

    int recordSize() {
        return recordSize;
    }

    /** Takes a copy of the record, whose hash begins with {@code high}. */
    void add(long high, ByteBuffer record) {
        int part = parts == 1 ? 0 : (int) (high >>> shift) & (parts - 1);
        if (filled[part] == blockSize) {
            write(part);
        }
        if (filled[part] + recordSize > open[part].length) {
            int doubled = Math.max(open[part].length * 2, recordSize * 16);
            open[part] = Arrays.copyOf(open[part], Math.min(blockSize, doubled));
        }
        record.get(0, open[part], filled[part], recordSize);
        filled[part] += recordSize;
    }

    private void write(int part) {
        try {
            FileChannel channel = file == null ? create() : file;
            file = channel;
            if (blockCount[part] == blocks[part].length) {
                blocks[part] = Arrays.copyOf(blocks[part], Math.max(4, blockCount[part] * 2));
            }
            blocks[part][blockCount[part]++] = fileSize;
            ByteBuffer block = ByteBuffer.wrap(open[part], 0, blockSize);
            while (block.hasRemaining()) {
                fileSize += channel.write(block, fileSize);
            }
            filled[part] = 0;
        } catch (IOException e) {
            throw new ConfigurationException(
                    "cannot write a temporary file: folder=" + folder + " bytes=" + fileSize + ": " + e.getMessage()
                            + "\n  give another folder with room:  --temp=FOLDER",
                    e);
        }
    }

    /** Its name is taken away at once where the system permits it, so that a kill leaves nothing. */
    private FileChannel create() throws IOException {
        Path path = Files.createTempFile(folder, "bottledwater-audit-", ".tmp");
        FileChannel channel = FileChannel.open(
                path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            // Then it goes when it is closed.
        }
        return channel;
    }

    /** Hands on the records of a part; the buffer is valid during the call only. */
    void read(int part, Consumer<ByteBuffer> handler) {
        ByteBuffer record = ByteBuffer.wrap(scratch);
        ByteBuffer block = ByteBuffer.allocate(blockCount[part] == 0 ? 0 : blockSize);
        for (int i = 0; i < blockCount[part]; i++) {
            fill(block, blocks[part][i]);
            handOn(block.array(), blockSize, record, handler);
        }
        handOn(open[part], filled[part], record, handler);
    }

    private void handOn(byte[] from, int length, ByteBuffer record, Consumer<ByteBuffer> handler) {
        for (int offset = 0; offset < length; offset += recordSize) {
            System.arraycopy(from, offset, scratch, 0, recordSize);
            record.clear();
            handler.accept(record);
        }
    }

    private void fill(ByteBuffer block, long position) {
        FileChannel channel = file;
        if (channel == null) {
            throw new IllegalStateException("no file to read from");
        }
        try {
            block.clear();
            while (block.hasRemaining()) {
                if (channel.read(block, position + block.position()) < 0) {
                    throw new IOException("ends early: position=" + position);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read a temporary file: folder=" + folder, e);
        }
    }

    @Override
    public void close() {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            // Nothing of it is needed any more.
        }
    }
}
