package dev.longpin.page;

/**
 * The layout of an index slot, as pure functions: which frame holds the page, and a version by
 * which a reader that takes no pin sees that the page was replaced meanwhile. 0 is an absent page.
 *
 * <pre>
 *  63           32 31            0
 * +---------------+---------------+
 * |    version    |   frame + 1   |
 * +---------------+---------------+
 * </pre>
 *
 * <p>The version counts the pages that the file's index has seen, so a reader would have to stall
 * for exactly 2^32 of them, the last one in the same frame, to be deceived.
 */
public final class Slot {

  /** No page. */
  public static final long ABSENT = 0;

  private Slot() {}

  /** Makes a slot. */
  public static long of(int frame, int version) {
    return (long) version << 32 | frame + 1;
  }

  /** Returns the frame of a slot that is not {@link #ABSENT}. */
  public static int frame(long slot) {
    return (int) slot - 1;
  }
}
