package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import java.time.Duration;

/**
 * Moves a page out of memory that may be given back, before it is pinned long-term: afterwards it
 * could not be moved any more (the kernel's {@code check_and_migrate_movable_pages}, {@code
 * mm/gup.c}).
 *
 * <ol>
 *   <li>A page that is not in memory is brought there, empty.
 *   <li>One that is pinned already stays where it is. References of others are awaited for a
 *       moment.
 *   <li>Take a frame that is never given back. If none is free: drop the page of one, or move it
 *       out, if nobody has it.
 *   <li>{@linkplain Migrate Move} the page there.
 * </ol>
 *
 * <p>Where that fails the page is pinned where it is, unlike in the kernel, which fails the pin: a
 * {@linkplain Resize smaller cache} then has one block less to give back.
 */
final class Placement {

  /** How long a copy by the CPU, or a write to disk, is awaited. */
  private static final Duration PATIENCE = Duration.ofMillis(100);

  /** How many frames are tried for one to make room in. */
  private static final int TRIES = 64;

  private final CoreMm mm;
  private final Frames frames;
  private final PageWords words;
  private final Fault fault;
  private final Reclaim reclaim;
  private final Migrate migrate;
  private final LongCell hand = new LongCell(0);

  /** Makes the protocol for a cache. */
  Placement(CoreMm mm, Fault fault, Reclaim reclaim, Migrate migrate) {
    this.mm = mm;
    this.frames = mm.frames();
    this.words = mm.words();
    this.fault = fault;
    this.reclaim = reclaim;
    this.migrate = migrate;
  }

  /** Moves a page if it has to; the caller has the invalidate lock, shared. */
  void settle(Operation operation, long pageIndex) throws LongpinException {
    if (!mm.config().isResizable()) {
      return;
    }
    Deadline soon = operation.deadline().atMost(PATIENCE);
    boolean settled = false;
    while (!settled && !soon.passed()) {
      settled = trySettle(operation, pageIndex, soon);
    }
  }

  /** Returns false if it is worth another try. */
  private boolean trySettle(Operation operation, long pageIndex, Deadline soon)
      throws LongpinException {
    // (1)
    int frame = frameOf(operation, pageIndex);
    if (frame == Fault.NO_FRAME || frames.isNormal(frame)) {
      return true;
    }
    // (2)
    operation.await(_ -> {
      boolean _ = words.await(frame, Placement::isToBeLookedAt, soon);
      return true;
    });
    if (PageWord.has(words.load(frame), PageWord.PINS | PageWord.GATE)) {
      return true;
    }
    // (3)
    int target = frames.tryAllocateNormal();
    if (target < 0) {
      makeRoom();
      target = frames.tryAllocateNormal();
    }
    if (target < 0) {
      return true;
    }
    // (4)
    boolean moved = migrate.tryMove(operation.space(), pageIndex, frame, target);
    if (!moved) {
      frames.release(target);
    }
    return moved;
  }

  /** Whether the page can move, or not for longer than a moment. */
  private static boolean isToBeLookedAt(long word) {
    return PageWord.canMove(word)
        || !PageWord.has(word, PageWord.MAPPED)
        || PageWord.has(word, PageWord.PINS | PageWord.GATE);
  }

  private int frameOf(Operation operation, long pageIndex) throws LongpinException {
    long slot = operation.space().index().slot(pageIndex);
    if (slot != Slot.ABSENT) {
      return Slot.frame(slot);
    }
    int frame = fault.lockPage(operation, pageIndex);
    if (frame != Fault.NO_FRAME) {
      fault.done(frame);
    }
    return frame;
  }

  private void makeRoom() {
    int normal = mm.config().minFrameCount();
    for (int i = 0; i < Math.min(TRIES, normal); i++) {
      int frame = (int) Math.floorMod(hand.add(1), (long) normal);
      long word = words.load(frame);
      if (word == 0 || PageWord.has(word, PageWord.PINS)) {
        continue;
      }
      if (reclaim.tryDrop(frame) || tryMoveOut(frame)) {
        return;
      }
    }
  }

  private boolean tryMoveOut(int frame) {
    AddressSpace space = frames.ownerSpace(frame);
    int target = space == null ? -1 : frames.tryAllocate();
    if (space == null || target < 0) {
      return false;
    }
    boolean moved = migrate.tryMove(space, frames.ownerPage(frame), frame, target);
    if (!moved) {
      frames.release(target);
    }
    return moved;
  }
}
