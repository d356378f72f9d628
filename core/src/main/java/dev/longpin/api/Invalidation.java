package dev.longpin.api;

/**
 * What a device has to forget.
 *
 * @param cause why
 * @param offset the first byte in the file
 * @param lengthBytes how many bytes follow it
 * @param writesOnly whether translations that only read may stay
 */
public record Invalidation(Cause cause, long offset, long lengthBytes, boolean writesOnly) {

  /** Why pages are taken away. */
  public enum Cause {
    /** The file loses the range, or its pages leave the memory on request. */
    UNMAP,
    /** The frame is wanted for another page; nobody waits. */
    RECLAIM,
    /** The page is to move to another frame: the next access shall fault again. Nobody waits. */
    MIGRATE,
    /** The page is to be cleaned: the next write shall fault again. Nobody waits. */
    CLEAN
  }

  /** Returns whether {@code translation} has to be dropped, of pages of so many bytes. */
  public boolean covers(Translation translation, long pageSize) {
    return translation.offset() - offset < lengthBytes
        && offset - translation.offset() < pageSize
        && (!writesOnly || translation.access().writes());
  }
}
