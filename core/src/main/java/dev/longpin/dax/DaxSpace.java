package dev.longpin.dax;

import dev.longpin.base.Cells;
import java.lang.foreign.MemorySegment;

/**
 * The pages of a device, and which of them no file has: a stack, so that the page given up last is
 * the next that is given away. Guarded by the device's lock.
 */
final class DaxSpace {

  private final MemorySegment region;
  private final int pageSize;
  private final int[] free;
  private int freeCount;

  DaxSpace(MemorySegment region, int pageSize) {
    this.region = region;
    this.pageSize = pageSize;
    free = new int[Math.toIntExact(region.byteSize() / pageSize)];
    for (int i = 0; i < free.length; i++) {
      free[i] = free.length - 1 - i;
    }
    freeCount = free.length;
  }

  int pageSize() {
    return pageSize;
  }

  int freePages() {
    return freeCount;
  }

  /** Takes a page, which is zeros now; there must be one. */
  int allocate() {
    int page = free[--freeCount];
    Cells.zero(memory(page), 0, pageSize);
    return page;
  }

  /** Gives a page back: the next who wants one has it. */
  void release(int page) {
    free[freeCount++] = page;
  }

  /** Returns the memory that a page is. */
  MemorySegment memory(int page) {
    return region.asSlice((long) page * pageSize, pageSize);
  }

  /** Makes a page durable, where the region is mapped from a file. */
  void flush(int page) {
    if (region.isMapped()) {
      memory(page).force();
    }
  }
}
