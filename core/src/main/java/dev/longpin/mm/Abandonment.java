package dev.longpin.mm;

import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.Slot;

/**
 * The end of a file that is closed: from here no page comes into its index. One that is left, since
 * an I/O of it hangs or the policy refuses to take its pins back, becomes an orphan, which its last
 * user frees (I1); what hangs finds the file closed when it returns.
 */
public final class Abandonment {

  private final CoreMm mm;

  /** Makes the protocol for a cache. */
  public Abandonment(CoreMm mm) {
    this.mm = mm;
  }

  /** Abandons the pages of a file. */
  public void run(AddressSpace space) {
    PageIndex index = space.index();
    index.lock();
    try {
      space.abandon(); // with the index locked: no page is installed from here
    } finally {
      index.unlock();
    }
    mm.holders().disconnect(space, 0, Long.MAX_VALUE);
    for (int frame = removeNext(space); frame >= 0; frame = removeNext(space)) {
      mm.frames().orphan(frame);
    }
  }

  private static int removeNext(AddressSpace space) {
    PageIndex index = space.index();
    index.lock();
    try {
      long page = index.next(0, Long.MAX_VALUE, null);
      if (page < 0) {
        return -1;
      }
      int frame = Slot.frame(index.slotLocked(page));
      index.remove(page);
      return frame;
    } finally {
      index.unlock();
    }
  }
}
