package dev.longpin.mm;

import dev.longpin.base.Cells;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;

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
   * @param target a free frame that the caller has taken; the page's if this returns true, else the
   *     caller's still
   */
  boolean tryMove(AddressSpace space, long pageIndex, int frame, int target) {
    PageIndex index = space.index();
    index.lock();
    try {
      // (1)
      long slot = index.slotLocked(pageIndex);
      if (slot == Slot.ABSENT || Slot.frame(slot) != frame || space.isAbandoned()) {
        return false;
      }
      // (2)
      if (!words.tryFreezeToMove(frame)) {
        return false;
      }
      // (3)
      Cells.copy(frames.segment(frame), 0, frames.segment(target), 0, frames.pageSize());
      mm.blocks().move(frame, target);
      words.move(frame, target);
      // (4)
      space.move(frames, pageIndex, target);
    } finally {
      index.unlock();
    }
    // (5)
    frames.release(frame);
    mm.counters().migrated.increment();
    return true;
  }
}
