package dev.longpin.mm;

import dev.longpin.api.Holder;
import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.Deadline;
import dev.longpin.notify.Invalidating;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.GoingRanges.Going;
import dev.longpin.page.PageIndex;
import dev.longpin.page.Slot;
import dev.longpin.revoke.HeldPin;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The protocol by which a range of a file goes away: truncate, punch, evict, delete and the last
 * close are {@link Kind}s of it.
 *
 * <ol>
 *   <li>With the invalidate lock held alone: mark the range <em>going</em> and shut the gates of
 *       its pages. No fault is under way, and from here pins and faults in the range are refused;
 *       reads still see the old data, writes wait.
 *   <li>With no lock: invalidate, tell, and wait for pins. An eviction also makes its pages clean
 *       here.
 *   <li>Take the invalidate lock alone again and look at the range from the start: freeze each
 *       page. What is waited for here is the CPU's and the store's own (I11).
 *   <li>Cut the store.
 *   <li>Drop the pages, zero what is cut of a page that is partly kept; clear <em>going</em>. This
 *       can't fail.
 * </ol>
 *
 * <p>On any failure before step 5 the pages are unfrozen, the gates opened and <em>going</em>
 * cleared: everything is as it was (I2), but for holders that had already let go. A failure of step
 * 4 that left the store changed is {@link IndeterminateException}, and memory follows the store.
 *
 * <p>When the deadline passes in step 2 and the caller chose to disconnect, pages that are still
 * pinned leave the file as they are in step 5 ({@code ORPHAN}), for their last user to free. {@link
 * Disconnection} says when their holders learn of it.
 */
public final class Cut {

  /** What is cut, and how. */
  public interface Kind {

    /** Returns what the operation is. */
    UnmapOperation operation();

    /** Returns whether dirty pages must be written and synced first, since the file keeps them. */
    boolean keepsContent();

    /**
     * Returns whether there is still something to do; asked when nobody else can change the size.
     */
    default boolean applies(AddressSpace space) {
      return true;
    }

    /** Cuts the store (step 4). */
    void cutStore(AddressSpace space) throws StoreException;

    /** Returns whether the store is as it was, after {@link #cutStore} failed. */
    boolean isIntact(AddressSpace space, StoreException failure);

    /** Changes what memory knows of the file, such as its size; the pages are gone (step 5). */
    void finish(AddressSpace space);
  }

  private final CoreMm mm;
  private final TryToUnmap tryToUnmap;
  private final Force force;

  /** Makes the protocol for a cache. */
  public Cut(CoreMm mm, TryToUnmap tryToUnmap, Force force) {
    this.mm = mm;
    this.tryToUnmap = tryToUnmap;
    this.force = force;
  }

  /**
   * Runs the protocol on the operation's range.
   *
   * @return null if, once the range was going, {@code kind} {@linkplain Kind#applies applied} no
   *     more
   */
  public @Nullable UnmapResult run(Operation operation, Kind kind, Unmapping unmapping)
      throws LongpinException {
    tryToUnmap.checkNotForItself(operation, unmapping.onBehalfOf());
    Marked marked = markGoing(operation, kind);
    if (marked == null) {
      return null;
    }
    Disconnection disconnection = new Disconnection(mm, operation, kind, unmapping);
    boolean done = false;
    try {
      UnmapResult result = unmapAndCut(operation, kind, unmapping, disconnection, marked);
      done = true;
      return result;
    } catch (IndeterminateException e) {
      done = true; // the pages are gone, and their pins disconnected
      throw e;
    } finally {
      if (!done) {
        openGates(operation);
      }
      operation.space().going().remove(marked.going);
      mm.notifiers().end(marked.invalidating);
    }
  }

  /** A range that pins, and devices with page tables of their own, can't come to any more. */
  private record Marked(Going going, Invalidating invalidating) {}

  /** Step 1; queues behind another unmapper of the same pages. */
  private @Nullable Marked markGoing(Operation operation, Kind kind) throws LongpinException {
    AddressSpace space = operation.space();
    Going going = new Going(operation.firstPage(), operation.endPage(), kind.operation());
    while (true) {
      int ticket = space.going().ended().ticket();
      operation.await(space.invalidateLock()::lockExclusive);
      try {
        if (!space.going().overlaps(going.firstPage(), going.endPage())) {
          if (!kind.applies(space)) {
            return null;
          }
          Invalidating invalidating =
              mm.notifiers().begin(space, operation.pageStart(), operation.pageEnd());
          space.going().add(going);
          shutGates(operation);
          return new Marked(going, invalidating);
        }
      } finally {
        space.invalidateLock().unlockExclusive();
      }
      operation.await(deadline -> space.going().ended().await(ticket, deadline));
    }
  }

  private void shutGates(Operation operation) {
    forEachFrame(operation, mm.words()::shutGate);
  }

  private void openGates(Operation operation) {
    forEachFrame(operation, mm.words()::openGate);
  }

  /** With the index locked throughout: reclaim may drop a page until its gate is shut. */
  private static void forEachFrame(Operation operation, IntConsumer action) {
    PageIndex index = operation.space().index();
    index.lock();
    try {
      for (long page = index.next(operation.firstPage(), operation.endPage(), null);
          page >= 0;
          page = index.next(page + 1, operation.endPage(), null)) {
        action.accept(Slot.frame(index.slotLocked(page)));
      }
    } finally {
      index.unlock();
    }
  }

  private UnmapResult unmapAndCut(
      Operation operation,
      Kind kind,
      Unmapping unmapping,
      Disconnection disconnection,
      Marked marked)
      throws LongpinException {
    AddressSpace space = operation.space();
    Operation current = operation;
    Set<HeldPin> told = new HashSet<>();
    boolean again = false;
    while (true) {
      // (2)
      if (!disconnection.isDecided()) {
        try {
          @Nullable Holder onBehalfOf = unmapping.onBehalfOf();
          tryToUnmap.ask(operation, kind.operation(), marked.invalidating, onBehalfOf, told);
        } catch (WaitEndedException e) {
          disconnection.decide(e);
          // The pins' time is up; what is left needs only the CPU and the store.
          current = operation.within(Deadline.after(mm.config().deadline()));
        }
      }
      if (kind.keepsContent()) {
        disconnection.beforeForce();
        if (again || force.isNeeded(current)) {
          force.force(current);
        }
      }
      again = true;
      // (3)
      current.await(space.invalidateLock()::lockExclusive);
      try {
        CutPages pages = new CutPages(mm, tryToUnmap, current, kind, disconnection);
        if (pages.freeze()) {
          return pages.cut(told);
        }
      } finally {
        space.invalidateLock().unlockExclusive();
      }
      if (current.deadline().passed()) {
        throw current.deadlineExceeded(); // pages get dirty faster than the store writes
      }
    }
  }
}
