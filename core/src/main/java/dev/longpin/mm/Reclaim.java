package dev.longpin.mm;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockOrder;
import dev.longpin.base.LongCell;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Drops clean pages to make room: a clock over the frames. It waits for nobody (I8), and skips what
 * is pinned, dirty, not synced, locked or being unmapped.
 *
 * <ol>
 *   <li>A page used since the hand last passed gets another round.
 *   <li>With the index of its file locked, see that the frame still holds that page.
 *   <li>Freeze: the compare-and-set fails if a pin came since, and no pin can come after (H8).
 *   <li>Take it out of the index, and the frame is free.
 * </ol>
 */
public final class Reclaim {

  private static final int BATCH = 8;
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final CoreMm mm;
  private final PageWords words;
  private final Frames frames;
  private final LongCell hand = new LongCell(0);
  private final EventCount wanted = new EventCount();

  /** Makes the protocol for a cache. */
  public Reclaim(CoreMm mm) {
    this.mm = mm;
    this.words = mm.words();
    this.frames = mm.frames();
  }

  /** Takes a frame, reclaiming a few if none is free; -1 if none can be had without waiting. */
  public int tryAllocate() {
    int frame = frames.tryAllocate();
    if (frame >= 0) {
      return frame;
    }
    if (reclaim(false) == 0) {
      reclaim(true); // an index may have been busy: nobody would wake who waits for a frame
    }
    return frames.tryAllocate();
  }

  /** Signalled when someone waits for a frame, for the flusher. */
  EventCount wanted() {
    return wanted;
  }

  /**
   * Waits until a frame was freed or a page cleaned, or it is time to look again; the caller holds
   * no lock.
   *
   * @param ticket of {@link Frames#freed}, taken before the allocation that failed
   * @return false if the deadline passed first
   */
  public boolean awaitFrame(int ticket, Deadline deadline) throws InterruptedException {
    LockOrder.checkNoneHeld("a frame");
    wanted.signalAll();
    // An unpin does not signal: it would have to look whether anyone waits. So look again now and
    // then.
    return frames.freed().await(ticket, deadline.atMost(LOOK_AGAIN)) || !deadline.passed();
  }

  /**
   * One pass of the clock.
   *
   * @param patient whether to wait for an index that is locked, for a few instructions
   * @return how many frames it made free
   */
  private int reclaim(boolean patient) {
    int reclaimed = 0;
    for (long steps = 2L * frames.count(); steps > 0 && reclaimed < BATCH; steps--) {
      int frame = (int) Math.floorMod(hand.add(1), (long) frames.count());
      long word = words.load(frame);
      // Cheap look first; the freeze decides.
      if (!PageWord.has(word, PageWord.MAPPED)
          || PageWord.has(word, PageWord.PINS | PageWord.DIRTY | PageWord.UNSYNCED)) {
        continue;
      }
      // (1)
      if (!words.clearReferenced(frame) && drop(frame, patient)) {
        reclaimed++;
      }
    }
    mm.counters().reclaimed.add(reclaimed);
    return reclaimed;
  }

  private boolean drop(int frame, boolean patient) {
    @Nullable AddressSpace space = frames.ownerSpace(frame);
    long pageIndex = frames.ownerPage(frame);
    if (space == null) {
      return false;
    }
    PageIndex index = space.index();
    if (patient) {
      index.lock();
    } else if (!index.tryLock()) {
      return false;
    }
    try {
      // (2)
      long slot = index.slotLocked(pageIndex);
      if (slot == Slot.ABSENT || Slot.frame(slot) != frame) {
        return false;
      }
      // (3)
      if (!words.tryFreezeClean(frame)) {
        return false;
      }
      // (4)
      index.remove(pageIndex);
    } finally {
      index.unlock();
    }
    frames.release(frame);
    return true;
  }
}
