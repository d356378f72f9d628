package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;

/**
 * Makes a file larger. The caller has the invalidate lock, shared, and the size lock, and has seen
 * that nothing from the old tail on is going.
 *
 * <ol>
 *   <li>Zero what lies behind the old end in the tail page, whoever wrote there (I10), and reserve
 *       its space if the page will be written (I7).
 *   <li>Set the new size.
 * </ol>
 */
public final class Extend {

  private final CoreMm mm;
  private final PageWords words;
  private final Fault fault;

  /** Makes the protocol for a cache. */
  public Extend(CoreMm mm, Fault fault) {
    this.mm = mm;
    this.words = mm.words();
    this.fault = fault;
  }

  /** Step 1, before the file grows from its size to {@code newSize}. */
  public void zeroTail(Operation operation, long newSize) throws LongpinException {
    AddressSpace space = operation.space();
    long oldSize = space.size();
    int pageSize = mm.frames().pageSize();
    int tail = (int) (oldSize & pageSize - 1);
    if (tail == 0) {
      return;
    }
    long page = mm.pageOf(oldSize);
    int frame = fault.reference(space, page);
    if (frame == Fault.NO_FRAME) {
      return; // the store has zeros there
    }
    try {
      operation.await(deadline -> words.lock(frame, deadline));
      try {
        if (PageWord.isDirty(words.load(frame))) {
          long pageStart = page << mm.frames().pageShift();
          int end = (int) Math.min(newSize - pageStart, pageSize);
          fault.reserve(space, page, frame, Fault.blockUp(tail), Fault.blockUp(end));
        }
        words.clear(frame, PageWord.WRITABLE);
        Cells.zero(mm.frames().segment(frame), tail, pageSize - tail);
      } finally {
        words.unlock(frame);
      }
    } finally {
      mm.frames().dropReference(frame);
    }
  }

  /** Grows the file to {@code newSize} with a hole; does nothing if it is as large already. */
  public void grow(Operation operation, long newSize) throws LongpinException {
    AddressSpace space = operation.space();
    if (newSize > space.size()) {
      zeroTail(operation, newSize);
      space.store().truncate(newSize);
      space.setSize(newSize); // (2)
    }
  }
}
