package dev.longpin.linux.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A region that is registered with a ring: the kernel has its pages pinned, and no request looks
 * them up again. In chunks, since one buffer has a limit.
 */
public final class RegisteredBuffers {

  private final long address;
  private final long bytes;
  private final int error;

  private RegisteredBuffers(long address, long bytes, int error) {
    this.address = address;
    this.bytes = bytes;
    this.error = error;
  }

  /**
   * Registers a region, which the kernel touches all of.
   *
   * @return it, of no bytes if the kernel refused, which {@link #error} tells
   */
  public static RegisteredBuffers register(Ring ring, MemorySegment region) {
    long size = region.byteSize();
    int chunks = (int) ((size - 1) / UringAbi.MAX_BUFFER_BYTES) + 1;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vectors = arena.allocate(UringAbi.IOVEC, chunks);
      for (int i = 0; i < chunks; i++) {
        long start = i * UringAbi.MAX_BUFFER_BYTES;
        long vector = i * UringAbi.IOVEC.byteSize();
        vectors.set(ValueLayout.JAVA_LONG, vector, region.address() + start);
        vectors.set(
            ValueLayout.JAVA_LONG,
            vector + Long.BYTES,
            Math.min(UringAbi.MAX_BUFFER_BYTES, size - start));
      }
      int result = ring.register(UringAbi.REGISTER_BUFFERS, vectors, chunks);
      return new RegisteredBuffers(region.address(), result < 0 ? 0 : size, Math.min(0, result));
    }
  }

  /** Registers nothing. */
  public static RegisteredBuffers none() {
    return new RegisteredBuffers(0, 0, 0);
  }

  /** Registers the same with another ring, without pinning anything anew (since Linux 6.12). */
  RegisteredBuffers cloneTo(Ring from, Ring to) {
    if (bytes == 0) {
      return none();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment clone = arena.allocate(UringAbi.CLONE_BUFFERS);
      clone.set(ValueLayout.JAVA_INT, 0, from.descriptor());
      int result = to.register(UringAbi.REGISTER_CLONE_BUFFERS, clone, 1);
      return result < 0 ? none() : this;
    }
  }

  /** The ring lets go of it, if it has any; no request of it is under way. */
  void unregister(Ring ring) {
    if (bytes > 0) {
      ring.register(UringAbi.UNREGISTER_BUFFERS, MemorySegment.NULL, 0);
    }
  }

  /** Returns how much is registered. */
  public long bytes() {
    return bytes;
  }

  /** Returns the negated error number if the kernel refused, or 0. */
  public int error() {
    return error;
  }

  /** Returns the index of the buffer that has all of a piece of memory, or -1. */
  int indexOf(long start, long lengthBytes) {
    long at = start - address;
    if (at < 0 || lengthBytes > bytes - at) {
      return -1;
    }
    long chunk = at / UringAbi.MAX_BUFFER_BYTES;
    return chunk == (at + lengthBytes - 1) / UringAbi.MAX_BUFFER_BYTES ? (int) chunk : -1;
  }
}
