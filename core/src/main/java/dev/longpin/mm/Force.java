package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.api.WritebackException;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;

/**
 * Makes a range durable (I3).
 *
 * <ol>
 *   <li>Write every dirty page of the range, each once, in the order of the file; pages under write
 *       pins are copied. A write that is in flight already is awaited.
 *   <li>fdatasync.
 *   <li>If writing this file failed since the opener last looked, in the background or here, say
 *       so, once; nothing counts as forced.
 * </ol>
 */
public final class Force {

  private final CoreMm mm;
  private final Writeback writeback;
  private final Sync sync;

  /** Makes the protocol for a cache. */
  public Force(CoreMm mm, Writeback writeback, Sync sync) {
    this.mm = mm;
    this.writeback = writeback;
    this.sync = sync;
  }

  /**
   * Forces the range of {@code operation}.
   *
   * @throws StoreException if the store fails; the error is recorded for every opener
   */
  public void force(Operation operation) throws LongpinException {
    // (1)
    AddressSpace space = operation.space();
    long endPage = mm.pagesUpTo(operation.end());
    for (long page = nextDirty(space, mm.pageOf(operation.start()), endPage);
        page >= 0;
        page = nextDirty(space, page + 1, endPage)) {
      if (operation.deadline().passed()) {
        throw operation.deadlineExceeded();
      }
      try {
        writeback.clean(operation, page, true);
      } catch (StoreException e) {
        sync.failed(space, e);
        throw e;
      }
    }
    // (2)
    sync.sync(operation);
  }

  /**
   * Step 3: throws if the file has an error that the opener has not seen.
   *
   * @param seen how many errors the opener has seen
   * @param count how many there are
   */
  public static void checkErrors(AddressSpace space, long seen, long count)
      throws WritebackException {
    Throwable last = space.errors().last();
    if (count > seen && last != null) {
      throw new WritebackException("writing back " + space.store().path() + " failed", last);
    }
  }

  /** Returns whether any page of the range is tagged: dirty, or written and not synced. */
  boolean isNeeded(Operation operation) {
    if (mm.isDax()) {
      return true; // nobody knows what the devices and the CPU wrote
    }
    PageIndex index = operation.space().index();
    index.lock();
    try {
      long first = operation.firstPage();
      long end = operation.endPage();
      return index.next(first, end, Tag.DIRTY) >= 0 || index.next(first, end, Tag.UNSYNCED) >= 0;
    } finally {
      index.unlock();
    }
  }

  private static long nextDirty(AddressSpace space, long from, long to) {
    return space.index().findNext(from, to, Tag.DIRTY);
  }
}
