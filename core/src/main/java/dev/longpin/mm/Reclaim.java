package dev.longpin.mm;

import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.PagePins;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockOrder;
import dev.longpin.base.LongCell;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState.State;
import dev.longpin.page.Frames;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import org.jspecify.annotations.Nullable;

/**
 * Drops clean pages to make room: a clock over the frames. It waits for nobody (I8), and skips what
 * is dirty, not synced, locked or being unmapped; and what is pinned, unless the policy gives its
 * page or its block state away. The frame of a pinned page is freed by its last user all the same
 * (I1).
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
  public EventCount wanted() {
    return wanted;
  }

  /**
   * Waits until a frame was freed or a page cleaned, or it is time to look again; the caller holds
   * no lock.
   *
   * @param ticket of {@link Frames#freed}, taken before the allocation that failed
   * @return false if the deadline passed first
   * @throws WaitEndedException if the thread was interrupted
   */
  public boolean awaitFrame(Operation operation, int ticket) throws WaitEndedException {
    LockOrder.checkNoneHeld("a frame");
    wanted.signalAll();
    try {
      // An unpin does not signal: it would have to look whether anyone waits.
      return frames.freed().awaitOrLookAgain(ticket, operation.deadline());
    } catch (InterruptedException e) {
      throw operation.interrupted();
    }
  }

  /**
   * One pass of the clock.
   *
   * @param patient whether to wait for an index that is locked, for a few instructions
   * @return how many frames it made free
   */
  private int reclaim(boolean patient) {
    int reclaimed = 0;
    for (long steps = 2L * frames.limit(); steps > 0 && reclaimed < BATCH; steps--) {
      int frame = (int) Math.floorMod(hand.add(1), (long) frames.limit());
      long word = words.load(frame);
      // Cheap look first; the freeze decides.
      if (!PageWord.has(word, PageWord.MAPPED)
          || PageWord.has(word, PageWord.DIRTY | PageWord.UNSYNCED)) {
        continue;
      }
      if (PageWord.has(word, PageWord.PINS) && !mayTouch(PageWord.pins(word))) {
        askDevices(frame, word);
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

  /** A page of devices that can be asked may go when they have forgotten it: next time (I8). */
  private void askDevices(int frame, long word) {
    boolean asked = !mm.notifiers().isEmpty() && PageWord.pins(word).longterm() == 0;
    AddressSpace space = asked ? frames.ownerSpace(frame) : null;
    if (space != null && !words.clearReferenced(frame)) {
      boolean _ = mm.notifiers().ask(space, frames.ownerPage(frame), Cause.RECLAIM);
    }
  }

  private boolean mayTouch(PagePins pins) {
    return mm.policy().mayReclaim(pins) || mm.policy().mayDropBlockState(pins);
  }

  /** Drops the page of a frame if that is clean and nobody has it; returns whether it is free. */
  boolean tryDrop(int frame) {
    return drop(frame, true);
  }

  /** Drops a page; returns whether its frame is free now. */
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
      if (!index.holds(pageIndex, frame)) {
        return false;
      }
      // (3)
      if (!words.tryFreezeClean(frame)) {
        takeFromPinned(space, pageIndex, frame);
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

  /** Takes what the policy gives away of a page that is pinned and clean; its index is locked. */
  private void takeFromPinned(AddressSpace space, long pageIndex, int frame) {
    PagePins pins = PageWord.pins(words.load(frame));
    boolean page = pins.count() > 0 && mm.policy().mayReclaim(pins);
    boolean blockState = pins.count() > 0 && mm.policy().mayDropBlockState(pins);
    if (!(page || blockState) || !words.tryReference(frame)) {
      return;
    }
    long before = words.tryFreezePinned(frame);
    boolean isClean = !PageWord.has(before, PageWord.DIRTY | PageWord.UNSYNCED | PageWord.GATE);
    if (before != 0 && isClean && page) {
      long start = pageIndex << frames.pageShift();
      mm.holders().disconnect(space, start, start + frames.pageSize());
      space.index().remove(pageIndex);
      frames.orphan(frame);
    } else if (before != 0) {
      if (isClean) {
        forgetBlocks(frame);
      }
      // A pin that ended meanwhile could not say that it wrote.
      boolean writes = PageWord.has(before, PageWord.WRITE_PINS);
      words.unfreeze(frame, writes ? PageWord.DIRTY | PageWord.DIRTY_ALL : 0);
    }
    frames.dropReference(frame);
  }

  /** As {@code try_to_release_page}: memory holds the data, and nothing says where it belongs. */
  private void forgetBlocks(int frame) {
    int end = mm.blocks().blocksPerPage();
    mm.blocks().clear(frame, State.RESERVED, 0, end);
    mm.blocks().clear(frame, State.DIRTY, 0, end);
    words.clear(frame, PageWord.WRITABLE);
  }
}
