package dev.longpin.base;

/** Checks of arguments and of our own invariants, always on. */
public final class Checks {

  private Checks() {}

  /**
   * Checks that {@code [offset, offset + length)} is a range of a file.
   *
   * @throws IllegalArgumentException if either is negative or the sum overflows
   */
  public static void range(long offset, long lengthBytes) {
    if (offset < 0) {
      throw new IllegalArgumentException("negative offset: " + offset);
    }
    if (lengthBytes < 0) {
      throw new IllegalArgumentException("negative length: " + lengthBytes);
    }
    if (offset > Long.MAX_VALUE - lengthBytes) {
      throw new IllegalArgumentException(
          "range overflows: offset " + offset + ", length " + lengthBytes);
    }
  }

  /**
   * Checks an invariant of Longpin itself.
   *
   * @throws AssertionError if it does not hold: a bug of ours, never of the caller's
   */
  public static void invariant(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError("invariant broken: " + what);
    }
  }
}
