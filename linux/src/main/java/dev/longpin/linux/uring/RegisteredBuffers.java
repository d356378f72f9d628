package dev.longpin.linux.uring;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What of a region is registered with a ring: the kernel has its pages pinned, and no request looks
 * them up again. In chunks, each a buffer of the ring's table, since one buffer has a limit, and
 * since chunks can come and go.
 */
public final class RegisteredBuffers {

  private final long address;
  private final long size;
  private final long chunkBytes;

  /** Whether a chunk is registered. One changes only while nobody uses memory of that chunk. */
  private final boolean[] registered;

  private int error;

  private RegisteredBuffers(long address, long size, long chunkBytes, int error) {
    this.address = address;
    this.size = size;
    this.chunkBytes = chunkBytes;
    this.registered = new boolean[size == 0 ? 0 : (int) ((size - 1) / chunkBytes) + 1];
    this.error = error;
  }

  /**
   * Registers all of a region, which the kernel touches.
   *
   * @return it, of no bytes if the kernel refused, which {@link #error} tells
   */
  public static RegisteredBuffers register(Ring ring, MemorySegment region) {
    RegisteredBuffers made = of(region, UringAbi.MAX_BUFFER_BYTES);
    int chunks = made.registered.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vectors = arena.allocate(UringAbi.IOVEC, chunks);
      for (int i = 0; i < chunks; i++) {
        made.describe(vectors.asSlice(i * UringAbi.IOVEC.byteSize(), UringAbi.IOVEC), i);
      }
      made.error = Math.min(0, ring.register(UringAbi.REGISTER_BUFFERS, vectors, chunks));
    }
    for (int i = 0; i < chunks; i++) {
      made.registered[i] = made.error == 0;
    }
    return made;
  }

  /**
   * Makes a table for a region of which nothing is registered yet (since Linux 5.19).
   *
   * @return it; {@link #error} tells whether the kernel refused
   */
  static RegisteredBuffers reserve(Ring ring, MemorySegment region, long chunkBytes) {
    RegisteredBuffers made = of(region, chunkBytes);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table = arena.allocate(UringAbi.RSRC_REGISTER);
      table.set(ValueLayout.JAVA_INT, UringAbi.RSRC_REGISTER_NR, made.registered.length);
      table.set(ValueLayout.JAVA_INT, UringAbi.RSRC_REGISTER_FLAGS, UringAbi.RSRC_REGISTER_SPARSE);
      int bytes = (int) table.byteSize();
      made.error = Math.min(0, ring.register(UringAbi.REGISTER_BUFFERS2, table, bytes));
    }
    return made;
  }

  private static RegisteredBuffers of(MemorySegment region, long chunkBytes) {
    return new RegisteredBuffers(region.address(), region.byteSize(), chunkBytes, 0);
  }

  /** Registers nothing. */
  public static RegisteredBuffers none() {
    return new RegisteredBuffers(0, 0, 1, 0);
  }

  private void describe(MemorySegment vector, int chunk) {
    long start = chunk * chunkBytes;
    vector.set(ValueLayout.JAVA_LONG, 0, address + start);
    vector.set(ValueLayout.JAVA_LONG, Long.BYTES, Math.min(chunkBytes, size - start));
  }

  /**
   * Registers the chunks of a range of a {@linkplain #reserve reserved} table, which is populated.
   */
  void add(Ring ring, long offset, long lengthBytes) {
    for (int chunk = (int) (offset / chunkBytes);
        chunk * chunkBytes < offset + lengthBytes;
        chunk++) {
      int result = error < 0 ? error : update(ring, chunk, true);
      registered[chunk] = result >= 0;
      error = Math.min(error, result);
    }
  }

  /**
   * The ring lets go of the chunks of a range, of which no request is under way; with a kernel
   * before 6.13 perhaps a moment later.
   */
  void remove(Ring ring, long offset, long lengthBytes) {
    for (int chunk = (int) (offset / chunkBytes);
        chunk * chunkBytes < offset + lengthBytes;
        chunk++) {
      if (registered[chunk]) {
        registered[chunk] = false;
        int result = update(ring, chunk, false);
        if (result < 0) {
          throw new IllegalStateException("a buffer can't be unregistered: " + result);
        }
      }
    }
  }

  private int update(Ring ring, int chunk, boolean present) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(UringAbi.IOVEC);
      if (present) {
        describe(vector, chunk);
      }
      MemorySegment update = arena.allocate(UringAbi.RSRC_UPDATE);
      update.set(ValueLayout.JAVA_INT, UringAbi.RSRC_UPDATE_OFFSET, chunk);
      update.set(ValueLayout.JAVA_LONG, UringAbi.RSRC_UPDATE_DATA, vector.address());
      update.set(ValueLayout.JAVA_INT, UringAbi.RSRC_UPDATE_NR, 1);
      return ring.register(UringAbi.REGISTER_BUFFERS_UPDATE, update, (int) update.byteSize());
    }
  }

  /** Registers the same with another ring, without pinning anything anew (since Linux 6.12). */
  RegisteredBuffers cloneTo(Ring from, Ring to) {
    RegisteredBuffers clone = new RegisteredBuffers(address, size, chunkBytes, 0);
    System.arraycopy(registered, 0, clone.registered, 0, registered.length);
    if (clone.bytes() == 0) {
      return none();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(UringAbi.CLONE_BUFFERS);
      source.set(ValueLayout.JAVA_INT, 0, from.descriptor());
      int result = to.register(UringAbi.REGISTER_CLONE_BUFFERS, source, 1);
      return result < 0 ? none() : clone;
    }
  }

  /** The ring lets go of all, if it has any; no request of it is under way. */
  void unregister(Ring ring) {
    if (registered.length > 0) {
      ring.register(UringAbi.UNREGISTER_BUFFERS, MemorySegment.NULL, 0);
    }
  }

  /** Returns how much is registered. */
  public long bytes() {
    long bytes = 0;
    for (int i = 0; i < registered.length; i++) {
      bytes += registered[i] ? Math.min(chunkBytes, size - i * chunkBytes) : 0;
    }
    return bytes;
  }

  /** Returns the negated error number for which the kernel refused something, or 0. */
  public int error() {
    return error;
  }

  /** Returns whether all of a piece of memory lies in the region, registered or not. */
  boolean covers(long start, long lengthBytes) {
    return start >= address && lengthBytes <= size - (start - address);
  }

  /** Returns the index of the buffer that has all of a piece of memory, or -1. */
  int indexOf(long start, long lengthBytes) {
    if (!covers(start, lengthBytes)) {
      return -1;
    }
    int chunk = (int) ((start - address) / chunkBytes);
    boolean inOne = chunk == (int) ((start - address + lengthBytes - 1) / chunkBytes);
    return inOne && registered[chunk] ? chunk : -1;
  }
}
