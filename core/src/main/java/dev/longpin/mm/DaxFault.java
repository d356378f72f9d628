package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import dev.longpin.spi.Store;

/**
 * Maps pages of storage that is itself the memory (the kernel's {@code dax_iomap_fault}). The
 * caller has the file's invalidate lock, shared, so that no cut of this file runs.
 *
 * <ol>
 *   <li>Ask the store for the frame that is the page; one that is a hole gets its space, zeros.
 *   <li>With the index locked, unless someone was faster: make the frame the page.
 *   <li>If the frame is still about to leave the file that had it, wait for that with the index
 *       unlocked: a cut gives its space up before its last step, which can't fail and waits for
 *       nothing.
 * </ol>
 */
final class DaxFault {

  private final CoreMm mm;
  private final Frames frames;
  private final PageWords words;

  DaxFault(CoreMm mm) {
    this.mm = mm;
    this.frames = mm.frames();
    this.words = mm.words();
  }

  /**
   * Maps a page that is not in the index.
   *
   * @param allocate whether a hole is given its space
   * @return {@link Store#HOLE}, {@link Store#NO_FRAME}, or else it is in the index now
   * @throws StoreException {@code NO_SPACE} if the storage is full
   */
  int map(Operation operation, long pageIndex, boolean allocate) throws LongpinException {
    AddressSpace space = operation.space();
    int frame = space.store().mapPage(pageIndex, allocate); // (1)
    if (frame < 0) {
      return frame;
    }
    mm.counters().misses.increment();
    while (!install(space, pageIndex, frame)) { // (2)
      operation.await(deadline -> words.await(frame, PageWord::isUnused, deadline)); // (3)
    }
    return frame;
  }

  private boolean install(AddressSpace space, long pageIndex, int frame) {
    PageIndex index = space.index();
    index.lock();
    try {
      space.checkNotAbandoned();
      if (index.slotLocked(pageIndex) != Slot.ABSENT) {
        return true;
      }
      if (!frames.tryMap(frame)) {
        return false;
      }
      space.install(frames, pageIndex, frame);
      return true;
    } finally {
      index.unlock();
    }
  }
}
