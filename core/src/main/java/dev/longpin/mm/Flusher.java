package dev.longpin.mm;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Interrupts;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.mm.Writeback.Outcome;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import dev.longpin.page.PageWord;
import dev.longpin.page.Slot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Cleans pages in the background: all of them every interval, and at once when writers are held
 * back or frames are wanted. A page under a long-term write pin never gets clean and is left out
 * (I8). An error, also one that a gate throws, is recorded for the openers, and the next interval
 * tries again: whatever goes wrong with one file, the others are cleaned.
 *
 * <p>Writers are held back for what it may clean. What a round left dirty of other files, since
 * they are left out, their gate said no or their store failed, holds nobody back.
 */
public final class Flusher {

  /** The dirty pages that a round left, by file. */
  private record Left(long pages, Map<AddressSpace, Long> byFile) {

    static Left of(Map<AddressSpace, Long> byFile) {
      return new Left(
          byFile.values().stream().mapToLong(Long::longValue).sum(), Map.copyOf(byFile));
    }

    long ofOthersThan(AddressSpace space) {
      return pages - byFile.getOrDefault(space, 0L);
    }
  }

  private final CoreMm mm;
  private final Writeback writeback;
  private final Sync sync;
  private final Supplier<List<AddressSpace>> spaces;
  private final EventCount wanted;
  private final EventCount progress = new EventCount();
  private final EventCount ended = new EventCount();
  private final LongCell running = new LongCell(0);
  private volatile Left left = Left.of(Map.of());
  private volatile boolean stopping;

  /**
   * Makes it.
   *
   * @param spaces what to clean
   */
  public Flusher(
      CoreMm mm,
      Writeback writeback,
      Sync sync,
      Reclaim reclaim,
      Supplier<List<AddressSpace>> spaces) {
    this.mm = mm;
    this.writeback = writeback;
    this.sync = sync;
    this.spaces = spaces;
    this.wanted = reclaim.wanted();
  }

  /** Starts it, if the cache is to have one. */
  public void start() {
    if (mm.config().backgroundWriteback()) {
      running.set(1);
      Seam.startDaemon("longpin-flusher", this::run);
    }
  }

  /** Ends it and waits until it is gone, or to the deadline. */
  public void stop(Deadline deadline) {
    stopping = true;
    boolean interrupted = false;
    while (running.get() != 0 && !deadline.passed()) {
      int ticket = ended.ticket();
      wanted.signalAll();
      try {
        if (running.get() != 0) {
          ended.await(ticket, deadline);
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      int ticket = wanted.ticket();
      while (!stopping) {
        awaitWanted(ticket);
        ticket = wanted.ticket();
        cleanAll();
        progress.signalAll();
      }
    } finally {
      running.set(0);
      ended.signalAll();
      progress.signalAll();
    }
  }

  private void awaitWanted(int ticket) {
    var _ = Interrupts.take(); // a gate's doing: the thread is nobody else's
    try {
      wanted.await(ticket, Deadline.after(mm.config().writebackInterval()));
    } catch (InterruptedException e) {
      // It ends by stop alone.
    }
  }

  private void cleanAll() {
    Map<AddressSpace, Long> byFile = new HashMap<>();
    for (AddressSpace space : spaces.get()) {
      if (stopping) {
        return;
      }
      var _ = Interrupts.take();
      long pages = space.hasBackgroundWriteback() ? flush(space) : dirtyPages(space);
      if (pages > 0) {
        byFile.put(space, pages);
      }
    }
    left = Left.of(byFile);
  }

  /** Cleans a file; returns how many dirty pages it had to leave. */
  private long flush(AddressSpace space) {
    Operation operation =
        new Operation(
            mm, space, "writeback", 0, Long.MAX_VALUE, Deadline.after(mm.config().deadline()));
    long skipped = 0;
    try {
      for (long page = next(space, 0); page >= 0 && !stopping; page = next(space, page + 1)) {
        Outcome outcome = clean(operation, page);
        if (outcome == Outcome.WRITTEN) {
          progress.signalAll();
        } else if (outcome == Outcome.SKIPPED && countsAsDirty(space, page)) {
          skipped++;
        }
      }
      if (hasUnsynced(space)) {
        sync.sync(operation);
      }
      return skipped;
    } catch (StoreException e) {
      // Recorded for the openers; the pages are dirty, and the next interval tries again.
      mm.counters().writebackErrors.increment();
    } catch (LongpinException e) {
      // A wait that ended: the page stays dirty, and the next interval tries again.
      mm.counters().timeouts.increment();
    } catch (RuntimeException | Error e) {
      failed(space, e);
    }
    return dirtyPages(space);
  }

  /** A gate, the policy or a store threw what it should not; or the file was closed meanwhile. */
  private void failed(AddressSpace space, Throwable error) {
    if (error instanceof FileClosedException && !spaces.get().contains(space)) {
      return;
    }
    space.errors().record(error);
    mm.counters().writebackErrors.increment();
  }

  private Outcome clean(Operation operation, long pageIndex) throws LongpinException {
    try {
      return writeback.clean(operation, pageIndex, false);
    } catch (StoreException e) {
      sync.failed(operation.space(), e);
      throw e;
    }
  }

  private static long next(AddressSpace space, long from) {
    return space.index().findNext(from, Long.MAX_VALUE, Tag.DIRTY);
  }

  private static boolean hasUnsynced(AddressSpace space) {
    return space.index().findNext(0, Long.MAX_VALUE, Tag.UNSYNCED) >= 0;
  }

  /** Returns how many pages of a file count as dirty; 0 while no writer is near being held back. */
  private long dirtyPages(AddressSpace space) {
    if (mm.words().dirtyPages() <= mm.scaled(mm.config().dirtyBackgroundPages())) {
      return 0;
    }
    long count = 0;
    for (long page = next(space, 0); page >= 0; page = next(space, page + 1)) {
      if (countsAsDirty(space, page)) {
        count++;
      }
    }
    return count;
  }

  private boolean countsAsDirty(AddressSpace space, long pageIndex) {
    PageIndex index = space.index();
    index.lock();
    try {
      long slot = index.slotLocked(pageIndex);
      return slot != Slot.ABSENT && PageWord.countsAsDirty(mm.words().load(Slot.frame(slot)));
    } finally {
      index.unlock();
    }
  }

  /**
   * Holds a writer back while too many pages are dirty (the kernel's {@code balance_dirty_pages});
   * the caller holds no lock. Files left out of background writeback are not held back: nobody but
   * their own force cleans them.
   */
  public void throttle(Operation operation) throws LongpinException {
    AddressSpace space = operation.space();
    if (running.get() == 0 || !space.hasBackgroundWriteback()) {
      return;
    }
    if (isOver(mm.scaled(mm.config().dirtyBackgroundPages()), space)) {
      wanted.signalAll();
    }
    while (isOver(mm.scaled(mm.config().dirtyLimitPages()), space) && running.get() != 0) {
      int ticket = progress.ticket();
      wanted.signalAll();
      if (isOver(mm.scaled(mm.config().dirtyLimitPages()), space)) {
        // A force by someone else makes pages clean and does not signal.
        operation.await(deadline -> progress.awaitOrLookAgain(ticket, deadline));
      }
    }
  }

  private boolean isOver(long limit, AddressSpace space) {
    return mm.words().dirtyPages() - left.ofOthersThan(space) > limit;
  }
}
