package dev.longpin.api;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * The bytes of a pinned range, which lie in one frame a page and so are scattered in memory.
 * Positions are in bytes from the start of the pinned range.
 *
 * <p>The accessors check that the pin is held, or throw {@link FileClosedException}; the direction,
 * or throw {@link IllegalStateException}; and the position, or throw {@link
 * IndexOutOfBoundsException}. {@link #unsafeSegments} is the way out for devices: what is done
 * through a segment after the pin ended is detected in {@linkplain CacheConfig#debug debug mode}
 * only.
 *
 * <p>Not safe for use by several threads while one of them ends the pin.
 */
public interface PinnedMemory {

  /** Returns the offset in the file of the first pinned byte. */
  long offset();

  /** Returns the length of the pinned range in bytes. */
  long lengthBytes();

  /** Returns what the device does. */
  Access access();

  /** Returns the byte at {@code position}. */
  byte getByte(long position);

  /** Sets the byte at {@code position}; needs a pin that writes. */
  void putByte(long position, byte value);

  /** Returns the eight bytes at {@code position} as a little-endian number, aligned or not. */
  long getLong(long position);

  /** Sets the eight bytes at {@code position}, little-endian; needs a pin that writes. */
  void putLong(long position, long value);

  /**
   * Copies pinned bytes to {@code target}.
   *
   * @throws IndexOutOfBoundsException if either range does not fit; nothing was copied
   */
  void copyTo(long position, MemorySegment target, long targetOffset, long lengthBytes);

  /**
   * Copies bytes of {@code source} into the pinned range; needs a pin that writes.
   *
   * @throws IndexOutOfBoundsException if either range does not fit; nothing was copied
   */
  void copyFrom(long position, MemorySegment source, long sourceOffset, long lengthBytes);

  /** Returns how many pieces of memory the range is scattered over: one a page. */
  int segmentCount();

  /**
   * Returns piece {@code index} of the range for a device: native memory, read-only unless the pin
   * writes. It must not be accessed after the pin ended.
   */
  MemorySegment unsafeSegment(int index);

  /** Returns all pieces in the order of the file. */
  default List<MemorySegment> unsafeSegments() {
    MemorySegment[] segments = new MemorySegment[segmentCount()];
    for (int i = 0; i < segments.length; i++) {
      segments[i] = unsafeSegment(i);
    }
    return List.of(segments);
  }
}
