package dev.longpin.spi;

import java.lang.foreign.MemorySegment;

/** The region of native memory that the frames of a cache lie in. */
public interface Memory {

  /** Returns the whole region, zeroed at first, and aligned to its page size. */
  MemorySegment segment();

  /**
   * Gives the region back. Never called while a device could reach it: a region of which a frame
   * was leaked stays for the life of the process.
   */
  void free();

  /**
   * Returns whether the region is the storage itself (DAX): a page of a file is the frame that its
   * store {@linkplain Store#mapPage names}, and there is nothing to fill or to write back.
   */
  default boolean isStorage() {
    return false;
  }

  /** Makes regions. */
  @FunctionalInterface
  interface Provider {

    /**
     * Allocates a region.
     *
     * @param bytes its size
     * @param alignment in bytes
     * @throws OutOfMemoryError if there is not so much
     */
    Memory allocate(long bytes, int alignment);
  }
}
