package dev.longpin.mm;

import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import java.util.function.LongPredicate;

/**
 * Moves a page to another frame, and waits for nobody (I8): one that anybody has, by a pin, a
 * reference, its lock, or an I/O, stays where it is (H9). (The kernel's {@code mm/migrate.c}.)
 *
 * <ol>
 *   <li>With the index of its file locked, see that the frame still holds that page.
 *   <li>Freeze: the compare-and-set fails if anybody has the page, and nobody can get it after.
 *   <li>Copy its bytes and its block state; its flags go along.
 *   <li>Put the new frame into the index. Whoever looked at the old one meanwhile looks again: the
 *       slot has another version.
 *   <li>The old frame is free, and whoever waits for its word is woken.
 * </ol>
 *
 * <p>The index stays locked while the bytes are copied, so that nothing else can happen to a frozen
 * page: 4 KiB take less than a microsecond, 2 MiB some hundred.
 */
public final class Migrate {

  private final CoreMm mm;
  private final PageWords words;
  private final Frames frames;

  /** Makes the protocol for a cache. */
  public Migrate(CoreMm mm) {
    this.mm = mm;
    this.words = mm.words();
    this.frames = mm.frames();
  }

  /**
   * Moves the page that a frame is thought to hold.
   *
   * @param target a free frame that the caller has taken: given back if the page stays
   */
  boolean tryMove(AddressSpace space, long pageIndex, int frame, int target) {
    PageIndex index = space.index();
    boolean moved;
    index.lock();
    try {
      // (1) (2)
      moved = isHeld(space, pageIndex, frame) && words.tryFreezeToMove(frame);
      if (moved) {
        moveFrozen(space, pageIndex, frame, target);
      }
    } finally {
      index.unlock();
    }
    // (5)
    frames.release(moved ? frame : target);
    return moved;
  }

  /**
   * Moves a page although long-term pins are on it, which stay on the old frame: that is no page's
   * any more, and its last user frees it. What the device writes from now on is lost, so it is
   * quiet, or cut off and told. The steps are those of {@link #tryMove}; whoever waits for the pins
   * goes on waiting, to see that the frame is free.
   *
   * @param mayStay whether the pins of a page word may stay behind
   * @param target as {@link #tryMove} has it
   * @return false if anybody else has the page
   */
  boolean tryMoveFrom(
      AddressSpace space, long pageIndex, int frame, LongPredicate mayStay, int target) {
    PageIndex index = space.index();
    boolean referenced;
    boolean moved = false;
    index.lock();
    try {
      // (1) (2)
      referenced = isHeld(space, pageIndex, frame) && words.tryReference(frame);
      long before = referenced ? words.tryFreezePinned(frame) : 0;
      moved = before != 0 && mayStay.test(before);
      if (moved) {
        moveFrozen(space, pageIndex, frame, target);
        if (PageWord.has(before, PageWord.WRITE_PINS)) {
          index.tag(pageIndex, Tag.DIRTY);
          words.set(target, PageWord.DIRTY | PageWord.DIRTY_ALL);
        }
        frames.orphan(frame);
      } else if (before != 0) {
        // A pin that ended meanwhile could not say that it wrote.
        boolean writes = PageWord.has(before, PageWord.WRITE_PINS);
        words.unfreeze(frame, writes ? PageWord.DIRTY | PageWord.DIRTY_ALL : 0);
      }
    } finally {
      index.unlock();
    }
    if (referenced) {
      frames.dropReference(frame);
    }
    if (!moved) {
      frames.release(target);
    }
    return moved;
  }

  /** Returns whether a page is the file's, and in this frame; with the index locked. */
  private static boolean isHeld(AddressSpace space, long pageIndex, int frame) {
    return space.index().holds(pageIndex, frame) && !space.isAbandoned();
  }

  /** With the index locked and the page frozen. */
  private void moveFrozen(AddressSpace space, long pageIndex, int frame, int target) {
    // (3)
    Cells.copy(frames.segment(frame), 0, frames.segment(target), 0, frames.pageSize());
    mm.blocks().move(frame, target);
    words.move(frame, target);
    // (4)
    space.move(frames, pageIndex, target);
    mm.counters().migrated.increment();
  }
}
