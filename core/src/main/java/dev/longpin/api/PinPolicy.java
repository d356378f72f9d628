package dev.longpin.api;

/**
 * What core-mm does with a pinned page: each alternative of the 2018 discussion is one
 * implementation. Asked only about pages that are pinned, and on no hot path.
 *
 * <p>But for {@link #mayPinLongterm} it is asked with locks of the cache held: it answers at once,
 * from what it is passed, and must not use the cache or its files. Reading, pinning or changing a
 * file there fails with {@link IllegalStateException}. An unchecked exception that a policy throws
 * ends the operation that asked.
 */
public interface PinPolicy {

  /** Returns the policy's name in reports, such as {@code REVOKE}. */
  String name();

  /** Returns whether a device may pin {@code [offset, offset + lengthBytes)} long-term. */
  boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access);

  /** Returns what to do when {@code operation} needs to unmap a pinned page. */
  OnUnmap onUnmap(PagePins pins, UnmapOperation operation);

  /** Returns what to do when a pinned page is to be cleaned, in the background or by a force. */
  OnClean onClean(PagePins pins, boolean forced);

  /**
   * Returns whether reclaim may drop a pinned page's block state and leave the page, as the
   * kernel's {@code try_to_release_page} does: what a device writes there afterwards does not reach
   * the disk.
   */
  boolean mayDropBlockState(PagePins pins);

  /**
   * Returns whether a pinned page may be reclaimed; I8 asks that it be false. A page that is
   * reclaimed leaves the file as if it was disconnected; its frame stays its devices'. That a
   * pinned page is moved to another frame is out of the question ({@link PageCache#resize}).
   */
  boolean mayReclaim(PagePins pins);

  /** The answers to {@link #onUnmap}. */
  enum OnUnmap {
    /** Take the page from the file and look at no pin, as Linux does: writes are lost. */
    PROCEED,
    /** Fail at once and name the holders. */
    REFUSE,
    /** Wait until the pins are gone, to the deadline. */
    WAIT,
    /** Tell the holders that opted in, then wait, to the deadline. */
    REVOKE
  }

  /** The answers to {@link #onClean}. */
  enum OnClean {
    /** Leave it dirty. */
    SKIP,
    /** Copy it and write the copy. */
    COPY,
    /** Write the frame itself while the device may change it, as Linux did. */
    IN_PLACE
  }
}
