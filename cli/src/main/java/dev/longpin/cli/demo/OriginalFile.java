package dev.longpin.cli.demo;

import dev.longpin.cli.ledger.Baseline;
import dev.longpin.cli.ledger.RunHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file that was given, which is never changed: what its copy held at first. Someone else may
 * change it meanwhile; {@link #isUnchanged} tells.
 */
final class OriginalFile implements Baseline, AutoCloseable {

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment contents;
  private final long modifiedMillis;

  /** Maps a file for reading. */
  OriginalFile(Path path) throws IOException {
    this.path = path;
    modifiedMillis = Files.getLastModifiedTime(path).toMillis();
    try (FileChannel channel = FileChannel.open(path)) {
      contents = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  /** Returns whether a file is still the one that a run began with. */
  static boolean isOf(RunHeader header) {
    Path path = Path.of(header.original());
    try {
      return Files.isRegularFile(path)
          && Files.size(path) == header.sizeBytes()
          && Files.getLastModifiedTime(path).toMillis() == header.originalMillis();
    } catch (IOException e) {
      return false; // no longer there, or not for us
    }
  }

  Path path() {
    return path;
  }

  long sizeBytes() {
    return contents.byteSize();
  }

  long modifiedMillis() {
    return modifiedMillis;
  }

  /** Returns whether nobody seems to have changed the file since. */
  boolean isUnchanged() throws IOException {
    return Files.size(path) == sizeBytes()
        && Files.getLastModifiedTime(path).toMillis() == modifiedMillis;
  }

  @Override
  public boolean isAt(long offset, long word) {
    long left = sizeBytes() - offset;
    if (left >= Long.BYTES) {
      return contents.get(WORD, offset) == word;
    }
    long padded = 0;
    for (long i = left - 1; i >= 0; i--) {
      padded =
          padded << Byte.SIZE
              | Byte.toUnsignedLong(contents.get(ValueLayout.JAVA_BYTE, offset + i));
    }
    return padded == word;
  }

  @Override
  public void close() {
    arena.close();
  }
}
