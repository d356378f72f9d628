package dev.longpin.mm;

import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;

/**
 * Begins to bring in pages before anyone asks for them (the kernel's {@code force_page_cache_ra}).
 * Waits for no lock, no frame and no cut: what it does not do whoever comes to the page does, and
 * what fails is reported to him.
 *
 * <ol>
 *   <li>Take the invalidate lock, shared, if it is free.
 *   <li>Leave out what is going or past the end.
 *   <li>{@linkplain Fault#start Start} the read, with the page locked and a reference to it.
 *   <li>Give the lock back: a cut that comes now waits for the page.
 * </ol>
 */
public final class Prefetch {

  private final CoreMm mm;
  private final Fault fault;

  /** Makes the protocol for a cache. */
  public Prefetch(CoreMm mm, Fault fault) {
    this.mm = mm;
    this.fault = fault;
  }

  /**
   * Begins with one page, unless it is there.
   *
   * @return false if it could not, and would not be able to with the next
   */
  public boolean start(AddressSpace space, long page) {
    if (mm.isDax()) {
      return false; // there is nothing to bring in
    }
    if (space.index().slot(page) != Slot.ABSENT) {
      return true;
    }
    if (!space.invalidateLock().tryLockShared()) { // (1)
      return false;
    }
    try {
      // (2)
      return page << mm.frames().pageShift() < space.size()
          && !space.going().overlaps(page, page + 1)
          && fault.start(space, page); // (3)
    } finally {
      space.invalidateLock().unlockShared(); // (4)
    }
  }

  /**
   * Returns whether a page of {@code [start, end)} is being read by itself, so that the store can
   * be awaited for it. Nothing comes for a range that no pin can have: one that ends past the end
   * of the file, or is larger than the cache.
   */
  public boolean isComing(AddressSpace space, long start, long end) {
    long first = mm.pageOf(start);
    long last = mm.pagesUpTo(end);
    if (end > space.size() || last - first > mm.frames().count() || !space.store().isAsync()) {
      return false;
    }
    for (long page = first; page < last; page++) {
      if (isFilling(space, page)) {
        return true;
      }
    }
    return false;
  }

  private boolean isFilling(AddressSpace space, long page) {
    long slot = space.index().slot(page);
    return slot != Slot.ABSENT
        && PageWord.has(mm.words().load(Slot.frame(slot)), PageWord.FILLING)
        && space.index().slot(page) == slot; // else the word was of another page
  }
}
