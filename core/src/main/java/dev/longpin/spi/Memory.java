package dev.longpin.spi;

import java.lang.foreign.MemorySegment;

/** The region of native memory that the frames of a cache lie in. */
public interface Memory {

  /**
   * Returns the whole region, aligned to its page size, and zeroed where it was populated first.
   * Where it is not {@linkplain #populate populated} nobody writes, and what is read there by one
   * who comes too late, and looks again, is anything.
   */
  MemorySegment segment();

  /** Returns whether blocks can be {@linkplain #giveBack given back} and populated again. */
  default boolean isResizable() {
    return false;
  }

  /**
   * Makes a range usable, so that no access to it can fail for lack of memory.
   *
   * @param offset in the region, a multiple of the block's size
   * @param lengthBytes whole blocks, or up to the region's end
   * @throws OutOfMemoryError if there is not so much; the range is as it was
   */
  default void populate(long offset, long lengthBytes) {
    // All of it is there from the start.
  }

  /**
   * Gives the memory of a range back, after whatever had it for I/O has let go. Never called while
   * a device could reach it; what was there is lost.
   *
   * @param offset as for {@link #populate}
   * @param lengthBytes likewise
   */
  default void giveBack(long offset, long lengthBytes) {
    throw new UnsupportedOperationException("this memory is not given back in parts");
  }

  /**
   * Puts memory of its own behind a range that has none, which can be handed to another process.
   *
   * @return the descriptor of the file that is the memory, which stays this one's; -1 if there is
   *     none
   * @throws OutOfMemoryError if there is not so much; the range is as it was
   */
  default int lend(long offset, long lengthBytes) {
    throw new UnsupportedOperationException("this memory can't be lent");
  }

  /**
   * Takes away what {@link #lend} put there, after whatever had it for I/O has let go: from here no
   * access of whoever has it reaches the region.
   */
  default void takeBack(long offset, long lengthBytes) {
    throw new UnsupportedOperationException("this memory can't be lent");
  }

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
     * Makes a region, of which nothing has to be populated.
     *
     * @throws OutOfMemoryError if there is not so much
     */
    Memory allocate(Reservation reservation);
  }
}
