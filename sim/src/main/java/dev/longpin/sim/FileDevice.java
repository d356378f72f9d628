package dev.longpin.sim;

import dev.longpin.api.PinnedMemory;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A device with a real one under it: a second file, to which pinned pages are gathered and from
 * which they are scattered. Safe for use from several threads, one transfer at a time.
 */
public final class FileDevice implements AutoCloseable {

  private final FileChannel channel;

  /**
   * Makes the second file. Its name is gone at once, so that nothing is left of it however the
   * process ends.
   */
  public FileDevice(Path path) throws IOException {
    Files.deleteIfExists(path); // of a process that was killed before it had done so
    channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Files.delete(path);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** The device reads the pinned memory: it goes to {@code position} of the second file. */
  public void store(PinnedMemory pinned, long position) throws IOException {
    transfer(buffers(pinned), position, true);
  }

  /** The device writes the pinned memory, with what is at {@code position} of the second file. */
  public void load(PinnedMemory pinned, long position) throws IOException {
    transfer(buffers(pinned), position, false);
  }

  /** Puts bytes at {@code position} of the second file, for a {@link #load}. */
  public void put(ByteBuffer source, long position) throws IOException {
    transfer(new ByteBuffer[] {source}, position, true);
  }

  /** Gets bytes from {@code position} of the second file, after a {@link #store}. */
  public void get(ByteBuffer target, long position) throws IOException {
    transfer(new ByteBuffer[] {target}, position, false);
  }

  private static ByteBuffer[] buffers(PinnedMemory pinned) {
    return pinned.unsafeSegments().stream()
        .map(MemorySegment::asByteBuffer)
        .toArray(ByteBuffer[]::new);
  }

  private synchronized void transfer(ByteBuffer[] buffers, long position, boolean write)
      throws IOException {
    FileChannel at = channel.position(position);
    while (buffers[buffers.length - 1].hasRemaining()) {
      long moved;
      try {
        moved = write ? at.write(buffers) : at.read(buffers);
      } catch (IOException e) {
        throw new IOException("the device's own file: " + e.getMessage(), e);
      }
      if (moved < 0) {
        throw new EOFException("the device's own file ends at " + at.position());
      }
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
