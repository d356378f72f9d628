package dev.longpin.cache;

import dev.longpin.api.LongpinException;
import dev.longpin.api.NoFrameException;
import dev.longpin.base.Cells;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Fault;
import dev.longpin.mm.Operation;
import dev.longpin.mm.Reclaim;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import java.lang.foreign.MemorySegment;

/**
 * Copies bytes of a file to user memory.
 *
 * <p>A page that is in memory, whole, is read with a reference and no lock, also while it is going.
 * Otherwise, under the invalidate lock, shared: it is faulted in; or, if its range is going, read
 * from the store past the cache, since a going page that is not in memory must stay out of it.
 */
final class FileReads {

  private final CoreMm mm;
  private final PageWords words;
  private final Frames frames;
  private final Fault fault;
  private final Reclaim reclaim;

  FileReads(CoreMm mm, Fault fault, Reclaim reclaim) {
    this.mm = mm;
    this.words = mm.words();
    this.frames = mm.frames();
    this.fault = fault;
    this.reclaim = reclaim;
  }

  /** Says whether a page had to be brought in. */
  enum Source {
    MEMORY,
    STORE
  }

  /** Is told of each page that has to be brought in, and may refuse. */
  @FunctionalInterface
  interface Miss {
    void come() throws LongpinException;
  }

  /**
   * Copies bytes within one page, all inside the file when the caller looked.
   *
   * @param offset in the file
   */
  Source copyOut(
      Operation operation,
      Miss miss,
      long offset,
      MemorySegment target,
      long targetOffset,
      int length)
      throws LongpinException {
    long page = mm.pageOf(offset);
    int inPage = (int) (offset & frames.pageSize() - 1);
    int frame = referenceWhole(operation.space(), page);
    if (frame >= 0) {
      try {
        Cells.copy(frames.region(), place(frame, inPage), target, targetOffset, length);
      } finally {
        frames.dropReference(frame);
      }
      mm.counters().hits.increment();
      return Source.MEMORY;
    }
    miss.come();
    copySlow(operation, page, inPage, target, targetOffset, length);
    return Source.STORE;
  }

  private long place(int frame, int inPage) {
    return ((long) frame << frames.pageShift()) + inPage;
  }

  /**
   * Takes a reference to a page that is in memory and whole, or returns -1; also while a cut has
   * the file alone, which waits for the references to go: they can only fall then.
   */
  private int referenceWhole(AddressSpace space, long page) {
    if (space.invalidateLock().isHeldAlone()) {
      return -1;
    }
    long slot = space.index().slot(page);
    if (slot == Slot.ABSENT) {
      return -1;
    }
    int frame = Slot.frame(slot);
    if (!words.tryReference(frame)) {
      return -1;
    }
    if (space.index().slot(page) != slot || !PageWord.has(words.load(frame), PageWord.UPTODATE)) {
      frames.dropReference(frame);
      return -1;
    }
    if (!PageWord.has(words.load(frame), PageWord.REFERENCED)) {
      words.set(frame, PageWord.REFERENCED);
    }
    return frame;
  }

  private void copySlow(
      Operation operation,
      long page,
      int inPage,
      MemorySegment target,
      long targetOffset,
      int length)
      throws LongpinException {
    AddressSpace space = operation.space();
    while (true) {
      int ticket = frames.freed().ticket();
      operation.await(space.invalidateLock()::lockShared);
      try {
        if (page << frames.pageShift() >= space.size()) {
          Cells.zero(target, targetOffset, length); // cut since the caller looked
          return;
        }
        if (readPastCache(space, page, inPage, target, targetOffset, length)) {
          return;
        }
        if (isHole(operation, page)) {
          Cells.zero(target, targetOffset, length);
          return;
        }
        int frame = fault.lockFilled(operation, page, inPage, inPage + length);
        if (frame != Fault.NO_FRAME) {
          try {
            Cells.copy(frames.region(), place(frame, inPage), target, targetOffset, length);
            return;
          } finally {
            fault.done(frame);
          }
        }
      } finally {
        space.invalidateLock().unlockShared();
      }
      awaitFrame(operation, ticket);
    }
  }

  /** Where the pages are the storage: a hole is not given space for being read. */
  private boolean isHole(Operation operation, long page) throws LongpinException {
    return mm.isDax()
        && operation.space().index().lookUp(page) == Slot.ABSENT
        && !fault.mapUnlessHole(operation, page);
  }

  private boolean readPastCache(
      AddressSpace space,
      long page,
      int inPage,
      MemorySegment target,
      long targetOffset,
      int length)
      throws LongpinException {
    if (!space.going().overlaps(page, page + 1)) {
      return false;
    }
    if (space.index().lookUp(page) != Slot.ABSENT) {
      return false; // its gate is shut, so it stays for as long as the caller has the lock
    }
    // Into memory of our own: a store need not take whatever the user has.
    MemorySegment part = MemorySegment.ofArray(new byte[length]);
    var _ = space.store().read(part, (page << frames.pageShift()) + inPage);
    Cells.copy(part, 0, target, targetOffset, length);
    return true;
  }

  /** Waits for a frame with no lock held. */
  void awaitFrame(Operation operation, int ticket) throws LongpinException {
    if (!reclaim.awaitFrame(operation, ticket)) {
      throw new NoFrameException(
          frames.count()
              + " frames, "
              + words.dirtyPages()
              + " dirty, "
              + mm.holders().chargedPages()
              + " pinned long-term");
    }
  }
}
