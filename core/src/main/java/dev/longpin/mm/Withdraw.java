package dev.longpin.mm;

import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.LentBlocks;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.revoke.HeldPin;

/**
 * Moves the pages of a pin out of the memory that its holder has, though they are pinned: what the
 * holder does there from now on is its own affair.
 *
 * <ol>
 *   <li>Take a frame elsewhere, and wait for one if need be.
 *   <li>{@linkplain Migrate#tryMoveFrom Move} the page there. The pin stays on the old frame, which
 *       is no page's any more.
 *   <li>If somebody else has the page, a reader or a short pin: wait for that, and look again.
 *   <li>A page that has left the file, or that a close has taken, needs no move.
 * </ol>
 */
public final class Withdraw {

  private static final String NAME = "withdrawal";

  private final CoreMm mm;
  private final Frames frames;
  private final PageWords words;
  private final Migrate migrate;
  private final Reclaim reclaim;

  /** Makes the protocol for a cache. */
  public Withdraw(CoreMm mm, Migrate migrate, Reclaim reclaim) {
    this.mm = mm;
    this.frames = mm.frames();
    this.words = mm.words();
    this.migrate = migrate;
    this.reclaim = reclaim;
  }

  /**
   * Moves every page out of memory that is lent, of which no frame is given out any more. The
   * holder's pins are disconnected first: what it reports from here on does not count, and what it
   * reported before is in the copy.
   *
   * @throws LongpinException if the wait ended first: the pages that were moved stay where they are
   */
  public void all(LentBlocks lent, Holder holder, Deadline deadline) throws LongpinException {
    while (true) {
      int ticket = frames.freed().ticket();
      for (HeldPin pin : mm.holders().disconnectAll(holder)) {
        move(pin, Behind.ALL, deadline);
      }
      boolean settled = !frames.isAnyOnItsWay(lent); // first: what is there then is found
      if (tryMoveUnpinned(lent, deadline) && settled) {
        return;
      }
      // A pin that is being made, or undone: its maker signals nothing.
      await(frames.freed(), ticket, holder, deadline);
    }
  }

  /** Waits for something to happen, or for a short while. */
  public void await(EventCount event, int ticket, Holder holder, Deadline deadline)
      throws WaitEndedException {
    Awaiting.awaitInTime(
        NAME + " of the memory of " + holder + ", where pins are being made,",
        until -> event.awaitOrLookAgain(ticket, until),
        deadline);
  }

  /** Moves what is there of pins that have ended; false if one is just made. */
  private boolean tryMoveUnpinned(LentBlocks lent, Deadline deadline) throws LongpinException {
    for (int frame = frames.firstFrame(lent.first());
        frame < frames.firstFrame(lent.end());
        frame++) {
      AddressSpace space = frames.ownerSpace(frame);
      if (space == null || !PageWord.has(words.load(frame), PageWord.MAPPED)) {
        continue;
      }
      if (PageWord.has(words.load(frame), PageWord.LONG_PINS)) {
        return false;
      }
      long page = frames.ownerPage(frame);
      long start = page << frames.pageShift();
      Operation operation =
          new Operation(mm, space, NAME, start, start + frames.pageSize(), deadline);
      if (!moveOut(operation, page, frame, Behind.NONE)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Moves the pages of a pin that was refused out of the memory that is lent to its holder, unless
   * it has them by another pin.
   *
   * @throws LongpinException if the wait ended first: those that were moved are
   */
  public void unpinned(Operation operation, LentBlocks lent) throws LongpinException {
    long end = mm.pagesUpTo(operation.end());
    for (long page = mm.pageOf(operation.start()); page < end; page++) {
      int frame = operation.space().index().lookUpFrame(page);
      if (frame >= 0 && frames.isIn(lent, frame)) {
        boolean _ = moveOut(operation, page, frame, Behind.NONE);
      }
    }
  }

  /**
   * Moves the pages of a pin that has ended, likewise.
   *
   * @throws LongpinException likewise
   */
  public void unpinned(HeldPin pin, LentBlocks lent, Deadline deadline) throws LongpinException {
    unpinned(operation(pin, deadline), lent);
  }

  /**
   * Moves the pages of a pin, but for those that the holder has by another one: they go with the
   * last.
   *
   * @throws LongpinException if the wait ended first: those that were moved are
   */
  public void one(HeldPin pin, Deadline deadline) throws LongpinException {
    move(pin, new Behind(PageWord.unit(pin.access(), true), false), deadline);
  }

  private void move(HeldPin pin, Behind behind, Deadline deadline) throws LongpinException {
    Operation operation = operation(pin, deadline);
    long first = mm.pageOf(pin.offset());
    for (int i = 0; i < pin.pageCount(); i++) {
      boolean _ = moveOut(operation, first + i, pin.frameOf(i), behind);
    }
  }

  private Operation operation(HeldPin pin, Deadline deadline) {
    long end = pin.offset() + pin.lengthBytes();
    return new Operation(mm, pin.space(), NAME, pin.offset(), end, deadline);
  }

  /**
   * Which pins stay on the old frame. In memory that is lent all long-term pins are those of one
   * holder.
   *
   * @param longterm the counts of those pins
   * @param all whether it may be any number of them instead
   */
  private record Behind(long longterm, boolean all) {

    static final Behind NONE = new Behind(0, false);
    static final Behind ALL = new Behind(0, true);

    boolean mayStay(long word) {
      return all
          ? !PageWord.has(word, PageWord.PINS & ~PageWord.LONG_PINS)
          : (word & PageWord.PINS) == longterm;
    }

    /** Whether the holder has the page by other pins, or no more. */
    boolean areOthers(long word) {
      return !all && (word & PageWord.LONG_PINS) != longterm;
    }

    boolean isToBeLookedAt(long word) {
      boolean alone =
          mayStay(word)
              && !PageWord.has(word, PageWord.WRITEBACK | PageWord.LOCKED)
              && PageWord.references(word) == 0;
      return alone || areOthers(word) || !PageWord.has(word, PageWord.MAPPED);
    }
  }

  /** Moves a page; false if the holder has it by other pins. */
  private boolean moveOut(Operation operation, long pageIndex, int frame, Behind behind)
      throws LongpinException {
    AddressSpace space = operation.space();
    EventCount freed = frames.freed();
    // (4)
    while (space.index().lookUpFrame(pageIndex) == frame && !space.isAbandoned()) {
      if (behind.areOthers(words.load(frame))) {
        return false;
      }
      // (1)
      int ticket = freed.ticket();
      int target = reclaim.tryAllocate();
      if (target < 0) {
        if (!reclaim.awaitFrame(operation, ticket)) {
          throw operation.deadlineExceeded();
        }
        continue;
      }
      // (2)
      if (migrate.tryMoveFrom(space, pageIndex, frame, behind::mayStay, target)) {
        return true;
      }
      // (3)
      operation.await(deadline -> words.await(frame, behind::isToBeLookedAt, deadline));
    }
    return true;
  }
}
