package dev.longpin.cli.demo;

import dev.longpin.cli.demo.Ledger.First;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The file that a run works on: one that it made, or a copy beside the file that was given, which
 * is never changed.
 */
final class DemoFile implements AutoCloseable {

  private static final int CHUNK = 1 << 20;

  private final Path path;
  private final long bytes;
  private final int regionBytes;
  private final @Nullable FileChannel original;

  private DemoFile(Path path, long bytes, int regionBytes, @Nullable FileChannel original) {
    this.path = path;
    this.bytes = bytes;
    this.regionBytes = regionBytes;
    this.original = original;
  }

  /** Thrown where the environment does not allow the demo to run. */
  static final class EnvironmentException extends Exception {
    private static final long serialVersionUID = 1L;

    EnvironmentException(String message) {
      super(message);
    }
  }

  /** Makes a file of stamps in the current folder. */
  static DemoFile generate(Path folder, long bytes, int regionBytes)
      throws IOException, EnvironmentException {
    checkRoom(folder, bytes);
    Path path = Files.createTempFile(folder, "longpin-demo-", ".dat");
    boolean done = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
      for (long offset = 0; offset < bytes; ) {
        chunk.clear();
        while (chunk.remaining() >= Long.BYTES && offset < bytes) {
          chunk.putLong(stampAt(offset, regionBytes));
          offset += Long.BYTES;
        }
        chunk.flip();
        while (chunk.hasRemaining()) {
          channel.write(chunk);
        }
      }
      channel.force(true);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(path);
      }
    }
    return new DemoFile(path, bytes, regionBytes, null);
  }

  /** Copies a file beside itself. */
  static DemoFile copyOf(Path given, int regionBytes) throws IOException, EnvironmentException {
    if (!Files.exists(given)) {
      throw new EnvironmentException(given + ": no such file");
    }
    if (!Files.isRegularFile(given)) {
      throw new EnvironmentException(given + ": not a regular file");
    }
    if (!Files.isReadable(given)) {
      throw new EnvironmentException(given + ": no permission to read it");
    }
    Path folder = Objects.requireNonNull(given.toAbsolutePath().getParent());
    long size = Files.size(given);
    checkRoom(folder, size);
    Path path = Files.createTempFile(folder, given.getFileName() + ".longpin-demo-", ".dat");
    boolean done = false;
    // A file smaller than a few regions is extended by a hole, to have something to work on.
    long bytes = Math.max(size, 64L * regionBytes);
    try (FileChannel from = FileChannel.open(given);
        FileChannel to = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to.position(at));
      }
      if (bytes > size) {
        to.write(ByteBuffer.allocate(1), bytes - 1);
      }
      to.force(true);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(path);
      }
    }
    return new DemoFile(path, bytes, regionBytes, FileChannel.open(given));
  }

  private static void checkRoom(Path folder, long bytes) throws IOException, EnvironmentException {
    if (!Files.isWritable(folder)) {
      throw new EnvironmentException(
          folder.toAbsolutePath().normalize() + ": no permission to write a file there");
    }
    FileStore store = Files.getFileStore(folder);
    if (store.getUsableSpace() < bytes) {
      throw new EnvironmentException(
          folder.toAbsolutePath().normalize()
              + ": "
              + new Size(bytes)
              + " are needed, "
              + (store.getUsableSpace() >> 20)
              + " MiB are free; choose a smaller --cache or another folder");
    }
  }

  private static long stampAt(long offset, int regionBytes) {
    int region = (int) (offset / regionBytes);
    return Stamp.of(region, 1, (int) (offset % regionBytes) / Long.BYTES);
  }

  /** Returns the file. */
  Path path() {
    return path;
  }

  /** Returns its size. */
  long bytes() {
    return bytes;
  }

  /** Returns the log beside a copy. */
  static Path logOf(Path copy) {
    return copy.resolveSibling(copy.getFileName() + ".log");
  }

  /** Returns what the file held at first. */
  First first() {
    FileChannel source = original;
    return source == null
        ? offset -> stampAt(offset, regionBytes)
        : offset -> originalWord(source, offset);
  }

  private static long originalWord(FileChannel source, long offset) {
    ByteBuffer word = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      while (word.hasRemaining()) {
        if (source.read(word, offset + word.position()) < 0) {
          break; // past its end: zeros
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return word.getLong(0);
  }

  /** Removes the copy and its log. */
  void delete() throws IOException {
    Files.deleteIfExists(path);
    Files.deleteIfExists(logOf(path));
  }

  @Override
  public void close() throws IOException {
    if (original != null) {
      original.close();
    }
  }
}
