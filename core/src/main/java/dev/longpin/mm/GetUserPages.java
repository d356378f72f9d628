package dev.longpin.mm;

import dev.longpin.api.Access;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.StoreException;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState;
import dev.longpin.page.Frames;
import dev.longpin.page.LentBlocks;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import dev.longpin.revoke.HeldPin;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Pins pages for devices, all of a range or none.
 *
 * <p>Fast, with no lock:
 *
 * <ol>
 *   <li>Look the page up.
 *   <li>Add a pin, unless the gate is shut or the page is not ready for this access.
 *   <li>Look again: if the page moved, or the file shrank, undo. (The kernel's {@code gup_fast}
 *       does the same.)
 * </ol>
 *
 * <p>Slow, under the invalidate lock, shared:
 *
 * <ol start="4">
 *   <li>Refuse what is past the end or going. {@linkplain Placement Move} what is to be pinned
 *       long-term out of memory that may be given back.
 *   <li>Fault the page in. To write: wait until its frame is not being written (I4), reserve its
 *       space (I7), and make it WRITABLE.
 *   <li>Pin it with the page locked. If there is no frame, give everything back, wait for one with
 *       no lock held (I11), and start again.
 *   <li>Pages that are to be overwritten and are not whole {@linkplain KeptPages stay locked} until
 *       all are pinned, and the holder is known: only then they change. This can't fail.
 * </ol>
 */
public final class GetUserPages {

  /** The page is not in the memory where it has to be. */
  private static final int MISPLACED = -2;

  private final CoreMm mm;
  private final PageWords words;
  private final Frames frames;
  private final Fault fault;
  private final Reclaim reclaim;
  private final Placement placement;

  /** Makes the protocol for a cache. */
  public GetUserPages(CoreMm mm, Fault fault, Reclaim reclaim, Migrate migrate) {
    this.mm = mm;
    this.words = mm.words();
    this.frames = mm.frames();
    this.fault = fault;
    this.reclaim = reclaim;
    this.placement = new Placement(mm, fault, reclaim, migrate);
  }

  /**
   * Adds a short pin of {@code unit} to a page that is in memory, of which the range up to {@code
   * end} is in the file.
   *
   * @return its frame, or -1 to go the slow path
   */
  public int tryPinShort(AddressSpace space, long pageIndex, long end, long unit) {
    long[] leaf = space.index().leafOf(pageIndex); // (1)
    if (leaf == null) {
      return -1;
    }
    long slot = PageIndex.slot(leaf, pageIndex);
    if (slot == Slot.ABSENT) {
      return -1;
    }
    int frame = Slot.frame(slot);
    if (!words.tryPinShort(frame, unit)) { // (2)
      return -1;
    }
    if (PageIndex.slot(leaf, pageIndex) != slot || end > space.size()) { // (3)
      frames.undoPin(frame, unit);
      return -1;
    }
    return frame;
  }

  /** Adds a pin of {@code unit} to a page that is in memory, with the invalidate lock held. */
  public int tryPin(AddressSpace space, long pageIndex, long unit) {
    long slot = space.index().slot(pageIndex); // (1)
    if (slot == Slot.ABSENT) {
      return -1;
    }
    int frame = Slot.frame(slot);
    if (!words.tryPin(frame, unit)) { // (2)
      return -1;
    }
    if (space.index().slot(pageIndex) != slot) { // (3)
      frames.undoPin(frame, unit);
      return -1;
    }
    return frame;
  }

  /**
   * Pins every page of the operation's range.
   *
   * @return their frames, in the order of the file
   * @throws PinRefusedException with the reason; nothing is pinned
   */
  public int[] pin(Operation operation, Access access, boolean longterm) throws LongpinException {
    return pin(operation, new Want(access, longterm, null), frames -> null);
  }

  /**
   * Pins every page of the operation's range long-term and adds the pin to the holders before an
   * unmapper can look for it, and before the range is marked.
   *
   * @param holder who may have memory that the pages have to lie in
   * @param make makes the pin from its frames
   * @throws PinRefusedException with the reason, such as POLICY for a marked range; nothing is
   *     pinned
   */
  public HeldPin pinLongterm(
      Operation operation, Access access, Holder holder, Function<int[], HeldPin> make)
      throws LongpinException {
    LentBlocks lent = mm.lending().of(holder);
    HeldPin[] pin = new HeldPin[1];
    pin(
        operation,
        new Want(access, true, lent),
        pinned -> {
          if (mm.lending().of(holder) != lent) {
            return Reason.ELSEWHERE; // it was taken away meanwhile
          }
          HeldPin made = make.apply(pinned);
          pin[0] = made;
          boolean added =
              operation
                  .space()
                  .refused()
                  .runUnlessMarked(
                      operation.start(), operation.end(), () -> mm.holders().add(made));
          if (!added) {
            made.discard();
          }
          return added ? null : Reason.POLICY;
        });
    return pin[0];
  }

  /** What is done when all pages are pinned, and before they change. */
  @FunctionalInterface
  private interface WhenPinned {
    /** Does it; or returns why the pin is refused after all. */
    @Nullable Reason refuse(int[] frames);
  }

  /** What is to be pinned how; long-term in the memory that is lent to the holder, if any is. */
  private record Want(Access access, boolean longterm, @Nullable LentBlocks lent) {
    long unit() {
      return PageWord.unit(access, longterm);
    }
  }

  private int[] pin(Operation operation, Want want, WhenPinned whenPinned) throws LongpinException {
    long firstPage = mm.pageOf(operation.start());
    if (operation.end() > operation.space().size()) {
      throw operation.refused(Reason.PAST_END);
    }
    long pageCount = mm.pagesUpTo(operation.end()) - firstPage;
    if (pageCount > frames.count()) {
      throw operation.refused(Reason.NO_FRAME);
    }
    int[] pinned = new int[(int) pageCount];
    while (true) {
      int ticket = frames.freed().ticket();
      int count = 0;
      boolean complete = false;
      try {
        KeptPages kept = new KeptPages(fault, operation.space(), frames.pageSize());
        operation.await(operation.space().invalidateLock()::lockShared);
        try {
          if (operation.space().going().overlaps(firstPage, firstPage + pageCount)) {
            throw operation.refused(Reason.TRUNCATING); // and none goes while this lock is held
          }
          while (count < pinned.length) {
            int frame = pinOne(operation, firstPage + count, want, kept);
            if (frame == Fault.NO_FRAME) {
              break;
            }
            pinned[count++] = frame;
          }
          if (count == pinned.length) {
            Reason refused = whenPinned.refuse(pinned);
            if (refused != null) {
              throw operation.refused(refused);
            }
            kept.giveOver(); // (7)
          }
        } finally {
          kept.done();
          operation.space().invalidateLock().unlockShared();
        }
        complete = count == pinned.length;
        if (complete) {
          return pinned;
        }
      } finally {
        if (!complete) {
          undo(pinned, count, want.unit());
        }
      }
      awaitFrame(operation, ticket);
    }
  }

  private void awaitFrame(Operation operation, int ticket) throws LongpinException {
    if (!reclaim.awaitFrame(operation, ticket)) {
      throw operation.refused(Reason.NO_FRAME);
    }
  }

  private int pinOne(Operation operation, long pageIndex, Want want, KeptPages kept)
      throws LongpinException {
    int frame = MISPLACED;
    while (frame == MISPLACED) {
      frame = tryPinOne(operation, pageIndex, want, kept);
    }
    return frame;
  }

  private int tryPinOne(Operation operation, long pageIndex, Want want, KeptPages kept)
      throws LongpinException {
    AddressSpace space = operation.space();
    Access access = want.access;
    long unit = want.unit();
    // (4)
    if (operation.end() > space.size()) {
      throw operation.refused(Reason.PAST_END);
    }
    if (want.longterm) {
      placement.settle(operation, pageIndex, want.lent);
    }
    int frame = tryPin(space, pageIndex, unit);
    if (frame >= 0) {
      if (want.longterm && !placement.isAllowed(frame, want.lent)) { // it moved meanwhile
        frames.undoPin(frame, unit);
        return MISPLACED;
      }
      return frame;
    }
    // (5)
    boolean overwrite = access == Access.OVERWRITE;
    try {
      frame =
          overwrite
              ? fault.lockPage(operation, pageIndex)
              : fault.lockFilled(operation, pageIndex, 0, frames.pageSize());
    } catch (StoreException e) {
      throw refusalFor(operation, e);
    }
    if (frame == Fault.NO_FRAME) {
      return frame;
    }
    boolean keeps = false;
    try {
      if (want.longterm && !placement.isAllowed(frame, want.lent)) {
        return MISPLACED; // it came back meanwhile, with a frame of its own
      }
      if (access.writes()) {
        fault.awaitStable(operation, frame);
        reserve(operation, pageIndex, frame);
      }
      if (overwrite) {
        fillAround(operation, pageIndex, frame);
      }
      boolean whole = PageWord.has(words.load(frame), PageWord.UPTODATE);
      if (access.writes() && whole) {
        fault.markWritable(space, pageIndex, frame);
      }
      // (6)
      while (!words.tryPinLocked(frame, unit)) {
        long word = words.load(frame);
        if (PageWord.isFull(word, unit)) {
          throw operation.refused(Reason.LIMIT);
        } else if (PageWord.has(word, PageWord.GATE)) {
          throw operation.refused(Reason.TRUNCATING);
        } else if (!PageWord.has(word, PageWord.MAPPED)) {
          space.checkNotAbandoned(); // only a close takes a locked page
        } // else it was full, and is no more
      }
      if (!whole) {
        kept.keep(pageIndex, frame);
        keeps = true;
      }
      return frame;
    } finally {
      if (!keeps) {
        fault.done(frame);
      }
    }
  }

  private void reserve(Operation operation, long pageIndex, int frame) throws LongpinException {
    AddressSpace space = operation.space();
    long pageStart = pageIndex << frames.pageShift();
    int inFile = Math.clamp(space.size() - pageStart, 0, frames.pageSize());
    try {
      fault.reserve(space, pageIndex, frame, 0, Fault.blockUp(inFile));
    } catch (StoreException e) {
      throw refusalFor(operation, e);
    }
  }

  /** A hole of storage that is the memory gets its space when it is brought in. */
  private LongpinException refusalFor(Operation operation, StoreException failure) {
    if (failure.kind() == StoreException.Kind.NO_SPACE) {
      return new PinRefusedException(Reason.NO_SPACE, operation.describe(), failure);
    } else if (mm.isDax() && failure.kind() == StoreException.Kind.PERMISSION) {
      return new PinRefusedException(Reason.READ_ONLY, operation.describe(), failure);
    }
    return failure;
  }

  /** Returns the first byte of the page that the range covers. */
  private int coveredFrom(Operation operation, long pageIndex) {
    long pageStart = pageIndex << frames.pageShift();
    return Math.clamp(operation.start() - pageStart, 0, frames.pageSize());
  }

  /** Returns the end of what the range covers; nothing that the file has lies behind its end. */
  private int coveredTo(Operation operation, long pageIndex) {
    long pageStart = pageIndex << frames.pageShift();
    return operation.end() == operation.space().size()
        ? frames.pageSize()
        : Math.clamp(operation.end() - pageStart, 0, frames.pageSize());
  }

  /** Fills the blocks that the device will not wholly write over. */
  private void fillAround(Operation operation, long pageIndex, int frame) throws LongpinException {
    AddressSpace space = operation.space();
    int from = coveredFrom(operation, pageIndex);
    int to = coveredTo(operation, pageIndex);
    int firstBlock = Fault.blockUp(from);
    int endBlock = to / BlockState.BLOCK_SIZE;
    fault.fill(space, pageIndex, frame, 0, firstBlock * BlockState.BLOCK_SIZE);
    fault.fill(
        space,
        pageIndex,
        frame,
        Math.max(firstBlock, endBlock) * BlockState.BLOCK_SIZE,
        frames.pageSize());
  }

  private void undo(int[] pinned, int count, long unit) {
    for (int i = 0; i < count; i++) {
      frames.undoPin(pinned[i], unit);
    }
  }
}
