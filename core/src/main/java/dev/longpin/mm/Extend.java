package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;

/**
 * Makes a file larger. The caller has the invalidate lock, shared, and the size lock, and has seen
 * that nothing from the old tail on is going.
 *
 * <ol>
 *   <li>Lock the old tail page, if it is in memory. Zero what lies behind the old end, whoever
 *       wrote there (I10), and reserve its space if the page will be written (I7).
 *   <li>Set the new size, before the page is unlocked: what a device writes there from now on is
 *       part of the file, and the next writeback of the page writes it.
 * </ol>
 */
public final class Extend {

  private final CoreMm mm;
  private final PageWords words;
  private final Fault fault;
  private final PageLookup lookup;

  /** Makes the protocol for a cache. */
  public Extend(CoreMm mm, Fault fault) {
    this.mm = mm;
    this.words = mm.words();
    this.fault = fault;
    this.lookup = new PageLookup(mm);
  }

  /** Grows the file to {@code newSize} with a hole; does nothing if it is as large already. */
  public void grow(Operation operation, long newSize) throws LongpinException {
    AddressSpace space = operation.space();
    long oldSize = space.size();
    boolean grown = newSize <= oldSize;
    while (!grown) {
      long page = mm.pageOf(oldSize);
      int frame = hasTail(oldSize) ? lookup.reference(operation, page) : PageLookup.ABSENT;
      if (frame == PageLookup.ABSENT && hasTail(oldSize) && fault.mapUnlessHole(operation, page)) {
        continue; // a device may have written behind the end, and there it is still
      }
      if (frame == PageLookup.ABSENT) {
        space.store().truncate(newSize);
        grown = setSizeIfAbsent(space, page, oldSize, newSize);
        continue;
      }
      try {
        operation.await(deadline -> words.lock(frame, deadline));
        try {
          zeroTail(space, frame, newSize);
          space.store().truncate(newSize);
          space.setSize(newSize); // (2)
          grown = true;
        } finally {
          words.unlock(frame);
        }
      } finally {
        mm.frames().dropReference(frame);
      }
    }
  }

  private boolean hasTail(long size) {
    return (size & (mm.frames().pageSize() - 1)) != 0;
  }

  /** Step 2 where there is no tail page in memory; false if it was brought in meanwhile. */
  private boolean setSizeIfAbsent(AddressSpace space, long page, long oldSize, long newSize) {
    PageIndex index = space.index();
    index.lock();
    try {
      if (hasTail(oldSize) && index.slotLocked(page) != Slot.ABSENT) {
        return false;
      }
      space.setSize(newSize);
      return true;
    } finally {
      index.unlock();
    }
  }

  /** Step 1 for the locked tail page, before the file grows to {@code newSize}. */
  public void zeroTail(AddressSpace space, int frame, long newSize) throws LongpinException {
    int pageSize = mm.frames().pageSize();
    long oldSize = space.size();
    int tail = (int) (oldSize & (pageSize - 1));
    long page = mm.pageOf(oldSize);
    if (PageWord.isDirty(words.load(frame))) {
      long pageStart = page << mm.frames().pageShift();
      int end = (int) Math.min(newSize - pageStart, pageSize);
      fault.reserve(space, page, frame, Fault.blockUp(tail), Fault.blockUp(end));
    }
    words.clear(frame, PageWord.WRITABLE);
    Cells.zero(mm.frames().segment(frame), tail, pageSize - tail);
  }
}
