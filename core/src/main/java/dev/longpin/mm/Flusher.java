package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.mm.Writeback.Outcome;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Cleans pages in the background: all of them every interval, and at once when writers are held
 * back or frames are wanted. A page under a long-term write pin never gets clean and is left out
 * (I8). An error is recorded for the openers, and the next interval tries again.
 */
public final class Flusher {

  /** A force by someone else makes pages clean and does not signal. */
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final CoreMm mm;
  private final Writeback writeback;
  private final Sync sync;
  private final Supplier<List<AddressSpace>> spaces;
  private final EventCount wanted;
  private final EventCount progress = new EventCount();
  private final EventCount ended = new EventCount();
  private final LongCell running = new LongCell(0);
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
        wanted.await(ticket, Deadline.after(mm.config().writebackInterval()));
        ticket = wanted.ticket();
        for (AddressSpace space : spaces.get()) {
          if (!stopping && space.hasBackgroundWriteback()) {
            flush(space);
          }
        }
        progress.signalAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // nobody interrupts it but to end it
    } finally {
      running.set(0);
      ended.signalAll();
      progress.signalAll();
    }
  }

  private void flush(AddressSpace space) {
    Operation operation =
        new Operation(
            mm, space, "writeback", 0, Long.MAX_VALUE, Deadline.after(mm.config().deadline()));
    try {
      for (long page = next(space, 0); page >= 0 && !stopping; page = next(space, page + 1)) {
        if (clean(operation, page) == Outcome.WRITTEN) {
          progress.signalAll();
        }
      }
      if (hasUnsynced(space)) {
        sync.sync(operation);
      }
    } catch (StoreException e) {
      // Recorded for the openers; the pages are dirty, and the next interval tries again.
      mm.counters().writebackErrors.increment();
    } catch (LongpinException e) {
      // A wait that ended: the page stays dirty, and the next interval tries again.
      mm.counters().timeouts.increment();
    }
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
    PageIndex index = space.index();
    index.lock();
    try {
      return index.next(from, Long.MAX_VALUE, Tag.DIRTY);
    } finally {
      index.unlock();
    }
  }

  private static boolean hasUnsynced(AddressSpace space) {
    PageIndex index = space.index();
    index.lock();
    try {
      return index.next(0, Long.MAX_VALUE, Tag.UNSYNCED) >= 0;
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
    if (running.get() == 0 || !operation.space().hasBackgroundWriteback()) {
      return;
    }
    if (mm.words().dirtyPages() > mm.config().dirtyBackgroundPages()) {
      wanted.signalAll();
    }
    while (mm.words().dirtyPages() > mm.config().dirtyLimitPages() && running.get() != 0) {
      int ticket = progress.ticket();
      wanted.signalAll();
      if (mm.words().dirtyPages() > mm.config().dirtyLimitPages()) {
        operation.await(
            deadline -> progress.await(ticket, deadline.atMost(LOOK_AGAIN)) || !deadline.passed());
      }
    }
  }
}
