package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;
import java.util.Arrays;

/**
 * Makes what was written durable: one fdatasync per file at a time.
 *
 * <ol>
 *   <li>Collect the pages tagged UNSYNCED and clear their tags. A page written from now on is
 *       tagged again: this fdatasync may miss it.
 *   <li>fdatasync.
 *   <li>Good: the collected pages that were not tagged again are synced, and may be dropped (I3).
 *   <li>Failed: the kernel may have dropped what it could not write and reported it once, so every
 *       page that is not synced is dirty again, and every opener sees the error.
 * </ol>
 */
public final class Sync {

  private final CoreMm mm;

  /** Makes the protocol for a cache. */
  public Sync(CoreMm mm) {
    this.mm = mm;
  }

  /**
   * Syncs the file.
   *
   * @throws StoreException if the store failed; the error is recorded for the openers
   */
  void sync(Operation operation) throws LongpinException {
    AddressSpace space = operation.space();
    operation.await(space.syncLock()::lock);
    try {
      // (1)
      long[] pages = takeUnsynced(space);
      try {
        // (2)
        space.store().sync();
      } catch (StoreException | RuntimeException | Error e) { // also what a store should not throw
        // (4)
        space.errors().record(e); // first: a write that is ending sees it and ends as failed
        redirty(space, pages);
        redirty(space, takeUnsynced(space));
        throw e;
      }
      // (3)
      markSynced(space, pages);
      mm.counters().syncs.increment();
    } finally {
      space.syncLock().unlock();
    }
    mm.frames().freed().signalAll(); // reclaim may find something now
  }

  /** After a failed write: all that is not synced is dirty again, and the openers are told. */
  void failed(AddressSpace space, StoreException error) {
    space.errors().record(error);
    redirty(space, takeUnsynced(space));
  }

  private static long[] takeUnsynced(AddressSpace space) {
    PageIndex index = space.index();
    long[] pages = new long[64];
    int count = 0;
    index.lock();
    try {
      for (long page = index.next(0, Long.MAX_VALUE, Tag.UNSYNCED);
          page >= 0;
          page = index.next(page + 1, Long.MAX_VALUE, Tag.UNSYNCED)) {
        if (count == pages.length) {
          pages = Arrays.copyOf(pages, 2 * count);
        }
        pages[count++] = page;
        index.clearTag(page, Tag.UNSYNCED);
      }
    } finally {
      index.unlock();
    }
    return Arrays.copyOf(pages, count);
  }

  private void markSynced(AddressSpace space, long[] pages) {
    PageIndex index = space.index();
    for (long page : pages) {
      index.lock();
      try {
        long slot = index.slotLocked(page);
        if (slot != Slot.ABSENT && !index.isTagged(page, Tag.UNSYNCED)) {
          mm.words().clear(Slot.frame(slot), PageWord.UNSYNCED);
        }
      } finally {
        index.unlock();
      }
    }
  }

  private void redirty(AddressSpace space, long[] pages) {
    PageIndex index = space.index();
    for (long page : pages) {
      index.lock();
      try {
        long slot = index.slotLocked(page);
        if (slot != Slot.ABSENT) {
          index.tag(page, Tag.DIRTY);
          mm.words().set(Slot.frame(slot), PageWord.DIRTY | PageWord.DIRTY_ALL);
          mm.words().clear(Slot.frame(slot), PageWord.UNSYNCED);
        }
      } finally {
        index.unlock();
      }
    }
  }
}
