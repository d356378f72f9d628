package dev.longpin.sim;

import dev.longpin.api.PinnedMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A device with a real one under it: a second file, to and from which pinned pages are moved by
 * scatter and gather.
 */
public final class FileDevice implements AutoCloseable {

  private final FileChannel channel;

  /** Opens the second file, which is removed when the device is closed. */
  public FileDevice(Path path) throws IOException {
    channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** Writes the pinned bytes to the second file at {@code position}. */
  public void write(PinnedMemory pinned, long position) throws IOException {
    long at = position;
    for (MemorySegment segment : pinned.unsafeSegments()) {
      ByteBuffer buffer = segment.asByteBuffer();
      while (buffer.hasRemaining()) {
        at += channel.write(buffer, at);
      }
    }
  }

  /** Writes {@code bytes} to the second file at {@code position}, for the device to read later. */
  public void put(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** Reads from the second file at {@code position} into the pinned bytes. */
  public void read(PinnedMemory pinned, long position) throws IOException {
    long at = position;
    for (MemorySegment segment : pinned.unsafeSegments()) {
      ByteBuffer buffer = segment.asByteBuffer();
      while (buffer.hasRemaining()) {
        int read = channel.read(buffer, at);
        if (read < 0) {
          throw new IOException("the device's file ends at " + at);
        }
        at += read;
      }
    }
  }

  /** Reads bytes of the second file at {@code position} until {@code target} is full. */
  public void get(ByteBuffer target, long position) throws IOException {
    long at = position;
    while (target.hasRemaining()) {
      int read = channel.read(target, at);
      if (read < 0) {
        throw new IOException("the device's file ends at " + at);
      }
      at += read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
