package dev.longpin.api;

import java.lang.foreign.MemorySegment;

/**
 * One page as a device with a page table of its own sees it. Its frame is used for nothing else
 * until the device has {@linkplain #release released} it (I1): an invalidation asks for that and
 * waits, to its deadline.
 */
public interface Translation {

  /** Returns the offset in the file at which the page begins. */
  long offset();

  /** Returns what the device may do. */
  Access access();

  /** Returns the memory of the page: native, read-only unless the device may write. */
  MemorySegment unsafeSegment();

  /**
   * The device has dropped it: no access is in flight, and none will start. A page that it may have
   * written is dirty from here on. A second call does nothing but answer the same.
   *
   * @return false if the page had left the file before (it was disconnected): what was written
   *     since is lost
   */
  boolean release();
}
