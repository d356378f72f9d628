package dev.longpin.base;

/**
 * Checks the order of {@link LockRank}, and that nothing is held where a handler, a device or a pin
 * is awaited (I11). Always on: no hot path takes a lock.
 */
public final class LockOrder {

  /** Per thread: bit r is set while a lock of rank r is held. */
  private static final ThreadLocal<int[]> HELD = ThreadLocal.withInitial(() -> new int[1]);

  private LockOrder() {}

  /**
   * Notes that the calling thread is about to acquire a lock of {@code rank}.
   *
   * @throws AssertionError if it holds one of the same or of a later rank
   */
  public static void acquiring(LockRank rank) {
    int held = HELD.get()[0];
    if (held >>> rank.ordinal() != 0) {
      throw new AssertionError("lock order: " + rank + " acquired while holding " + names(held));
    }
  }

  /** Notes that the calling thread acquired a lock of {@code rank}. */
  public static void acquired(LockRank rank) {
    HELD.get()[0] |= 1 << rank.ordinal();
  }

  /** Notes that the calling thread released its lock of {@code rank}. */
  public static void released(LockRank rank) {
    HELD.get()[0] &= ~(1 << rank.ordinal());
  }

  /**
   * Checks that the calling thread holds no lock, before it waits for something that is not ours.
   *
   * @throws AssertionError if it does (I11)
   */
  public static void checkNoneHeld(String awaited) {
    int held = HELD.get()[0];
    if (held != 0) {
      throw new AssertionError("I11: " + awaited + " awaited while holding " + names(held));
    }
  }

  /** Returns whether the calling thread holds any lock. */
  public static boolean holdsAny() {
    return HELD.get()[0] != 0;
  }

  /** Returns whether the calling thread holds a lock of {@code rank}. */
  public static boolean holds(LockRank rank) {
    return (HELD.get()[0] & 1 << rank.ordinal()) != 0;
  }

  private static String names(int held) {
    StringBuilder names = new StringBuilder();
    for (LockRank rank : LockRank.values()) {
      if ((held & 1 << rank.ordinal()) != 0) {
        names.append(names.isEmpty() ? "" : ", ").append(rank);
      }
    }
    return names.toString();
  }
}
