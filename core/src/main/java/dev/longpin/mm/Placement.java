package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.base.LongCell;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.Frames;
import dev.longpin.page.LentBlocks;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Sees that a page lies in the right memory before it is pinned long-term: afterwards it could not
 * be moved any more (the kernel's {@code check_and_migrate_movable_pages}, {@code mm/gup.c}).
 *
 * <ul>
 *   <li>A holder that has {@linkplain dev.longpin.api.HolderMemory memory} of its own: there, and
 *       nowhere else.
 *   <li>Any other: not in memory that another holder has; and if it can be, where memory is never
 *       given back. If it can't, the pin is not failed, as it would be in the kernel: the page goes
 *       to the first of the other blocks that has room for it. So such pages stay together, however
 *       long pins have come and gone, and a {@linkplain Resize smaller cache} has the other blocks
 *       to give back (the kernel keeps them together by mobility, {@code mm/page_alloc.c}).
 * </ul>
 *
 * <ol>
 *   <li>A page that is not in memory is brought there, empty.
 *   <li>Wait for those who have it: for a moment, or to the deadline if it has to move.
 *   <li>Take a frame in the right memory. If none there is free: drop the page of one, or move it
 *       out, if nobody has it. If that fails too, the same in the blocks that come before that of
 *       the page.
 *   <li>{@linkplain Migrate Move} the page there.
 * </ol>
 */
final class Placement {

  /** How long a copy by the CPU, or a write to disk, is awaited. */
  private static final Duration PATIENCE = Duration.ofMillis(100);

  /** How often a move is tried that someone came in between of, as in the kernel. */
  private static final int MOVES = 10;

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

  /** Returns whether a page may be pinned for a holder that has {@code lent}. */
  boolean isAllowed(int frame, @Nullable LentBlocks lent) {
    return lent == null ? !frames.isLendable(frame) : frames.isIn(lent, frame);
  }

  /** Returns whether it is where it should be. */
  private boolean isRight(int frame, @Nullable LentBlocks lent) {
    return isAllowed(frame, lent)
        && (lent != null || !mm.config().isResizable() || frames.isNormal(frame));
  }

  /**
   * Moves a page if it should; the caller has the invalidate lock, shared.
   *
   * @throws PinRefusedException if it has to move, and can't
   */
  void settle(Operation operation, long pageIndex, @Nullable LentBlocks lent)
      throws LongpinException {
    if (!mm.config().isInBlocks()) {
      return;
    }
    boolean must = true;
    for (int tries = 0; must || tries < MOVES; tries++) {
      // (1)
      int frame = frameOf(operation, pageIndex);
      if (frame == Fault.NO_FRAME || isRight(frame, lent)) {
        return;
      }
      must = !isAllowed(frame, lent);
      // (2)
      if (!awaitOthers(operation, frame, must)) {
        return;
      }
      long word = words.load(frame);
      if (PageWord.has(word, PageWord.LONG_PINS | PageWord.GATE)) {
        if (must) {
          throw operation.refused(
              PageWord.has(word, PageWord.GATE) ? Reason.TRUNCATING : Reason.ELSEWHERE);
        }
        return;
      }
      // (3)
      int target = lent != null ? frames.tryAllocate(lent) : allocateBefore(frame);
      if (target < 0) {
        if (must) {
          throw operation.refused(Reason.NO_FRAME);
        }
        return;
      }
      // (4)
      if (migrate.tryMove(operation.space(), pageIndex, frame, target)) {
        return;
      }
    }
  }

  /** Waits until the page can move, or won't; false if that took longer than it is worth. */
  private boolean awaitOthers(Operation operation, int frame, boolean must)
      throws LongpinException {
    if (must) {
      operation.await(deadline -> words.await(frame, Placement::isToBeLookedAt, deadline));
      return true;
    }
    boolean[] inTime = {true};
    operation.await(deadline -> {
      inTime[0] = words.await(frame, Placement::isToBeLookedAt, deadline.atMost(PATIENCE));
      return true;
    });
    return inTime[0];
  }

  /** Takes a frame where pins belong, or else in the first block that has one; or returns -1. */
  private int allocateBefore(int frame) {
    int target = allocateIn(0, mm.config().minFrameCount());
    if (target >= 0) {
      return target;
    }
    for (int block : frames.movableBlocks()) {
      int first = frames.firstFrame(block);
      int end = frames.firstFrame(block + 1);
      if (frame < end) {
        return -1; // it is in this one, or in one before
      }
      target = allocateIn(first, end);
      if (target >= 0) {
        return target;
      }
    }
    return -1;
  }

  private int allocateIn(int from, int to) {
    int target = frames.tryAllocate(from, to);
    // Whoever brings a page in may have taken the room that was made.
    for (int tries = 0; target < 0 && tries < MOVES && tryMakeRoom(from, to); tries++) {
      target = frames.tryAllocate(from, to);
    }
    return target;
  }

  /** Whether the page can move, or nobody knows when. */
  private static boolean isToBeLookedAt(long word) {
    return PageWord.canMove(word)
        || !PageWord.has(word, PageWord.MAPPED)
        || PageWord.has(word, PageWord.LONG_PINS | PageWord.GATE);
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

  private boolean tryMakeRoom(int from, int to) {
    int tries = Math.min(TRIES, to - from);
    long start = hand.add(tries);
    for (int i = 0; i < tries; i++) {
      int frame = from + (int) Math.floorMod(start + i, (long) to - from);
      long word = words.load(frame);
      if (word != 0
          && !PageWord.has(word, PageWord.PINS)
          && (reclaim.tryDrop(frame) || tryMoveOut(frame))) {
        return true;
      }
    }
    return false;
  }

  private boolean tryMoveOut(int frame) {
    AddressSpace space = frames.ownerSpace(frame);
    int target = space == null ? -1 : frames.tryAllocate();
    return space != null
        && target >= 0
        && migrate.tryMove(space, frames.ownerPage(frame), frame, target);
  }
}
