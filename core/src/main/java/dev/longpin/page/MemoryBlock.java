package dev.longpin.page;

/**
 * Frames that come and go together, and the list of those that are free (the kernel's {@code struct
 * memory_block}, {@code drivers/base/memory.c}). Belongs to {@link Frames}, under that lock.
 *
 * <pre>
 *   OFFLINE --populated--> ONLINE --isolate--> ISOLATED --all free--> OFFLINE
 *                             ^                    |
 *                             +------give up-------+
 *
 *   OFFLINE --lent to a holder--> LENT --taken back--> ISOLATED
 * </pre>
 */
final class MemoryBlock {

  /** Whether there is memory, and who may have it. */
  enum State {
    /** There is no memory. */
    OFFLINE,
    /** Its frames are for any page. */
    ONLINE,
    /** No frame is given out any more; those that come back stay here. */
    ISOLATED,
    /** Its frames are for the pages of one holder, who has the memory as well. */
    LENT
  }

  State state = State.OFFLINE;
  private final int[] free;
  private int freeCount;

  MemoryBlock(int first, int end) {
    this.free = new int[end - first];
    for (int i = 0; i < free.length; i++) {
      free[i] = end - 1 - i;
    }
    freeCount = free.length;
  }

  int frameCount() {
    return free.length;
  }

  int freeCount() {
    return freeCount;
  }

  int usedCount() {
    return free.length - freeCount;
  }

  boolean isEmpty() {
    return freeCount == free.length;
  }

  boolean is(State other) {
    return state == other;
  }

  /** Takes a free frame; there is one. */
  int take() {
    return free[--freeCount];
  }

  void give(int frame) {
    free[freeCount++] = frame;
  }
}
