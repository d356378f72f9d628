package dev.longpin.mm;

import dev.longpin.api.GateClosedException;
import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PagePins;
import dev.longpin.api.PinPolicy.OnClean;
import dev.longpin.api.StoreException;
import dev.longpin.api.WritebackGate;
import dev.longpin.base.Cells;
import dev.longpin.base.LockOrder;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState;
import dev.longpin.page.BlockState.State;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cleans one page.
 *
 * <ol>
 *   <li>Ask the file's gate, with no lock held.
 *   <li>Take a reference, so that no cut runs meanwhile (I2), and the page lock. One that a cut has
 *       frozen is awaited: if the cut fails it is dirty as before. Wait until no write of the page
 *       is in flight: there is one at most, so two can't land in the wrong order (H20).
 *   <li>No write pin: mark the page STABLE and clean in one instruction; from here CPU writes and
 *       write pins wait, so the frame can be written itself (I4). The next write pin goes the slow
 *       path again, as after the kernel's {@code page_mkclean}. Memory that a holder has as well
 *       may change at any time whatever is pinned: a copy of it is written.
 *   <li>A write pin: the device may write at any time, so copy the page and write the copy. It
 *       stays dirty (H3, H4): what the device writes after the copy is written by a later force.
 *   <li>Write the dirty blocks, never past the end of the file (I10), with no lock held.
 *   <li>Good: UNSYNCED until the next fdatasync (I3). Failed: dirty as before.
 * </ol>
 */
public final class Writeback {

  /** What became of a page. */
  enum Outcome {
    /** It was written. */
    WRITTEN,
    /** It was clean, or is not there. */
    CLEAN,
    /** The policy or the gate left it dirty. */
    SKIPPED
  }

  private final CoreMm mm;
  private final PageWords words;
  private final BlockState blocks;
  private final PageLookup lookup;

  /** Makes the protocol for a cache. */
  public Writeback(CoreMm mm) {
    this.mm = mm;
    this.words = mm.words();
    this.blocks = mm.blocks();
    this.lookup = new PageLookup(mm);
  }

  /**
   * Cleans a page.
   *
   * @param forced whether a force asks: then it is written in any case
   * @throws StoreException if the store failed; the page is dirty as before
   * @throws GateClosedException if the gate refused a force
   */
  Outcome clean(Operation operation, long pageIndex, boolean forced) throws LongpinException {
    AddressSpace space = operation.space();
    // (1)
    WritebackGate gate = space.gate();
    if (gate != null) {
      LockOrder.checkNoneHeld("a writeback gate");
      if (!gate.mayClean(pageIndex, forced)) {
        if (forced) {
          throw new GateClosedException(pageIndex);
        }
        return Outcome.SKIPPED;
      }
    }
    // A device that was asked writes by a new translation, which makes the page dirty again.
    // Until it has let go the page is cleaned as under any write pin.
    if (!mm.notifiers().isEmpty()) {
      boolean _ = mm.notifiers().ask(space, pageIndex, Cause.CLEAN);
    }
    // (2)
    int frame = lookup.reference(operation, pageIndex);
    if (frame == PageLookup.ABSENT) {
      return Outcome.CLEAN;
    }
    try {
      return cleanReferenced(operation, pageIndex, frame, forced);
    } finally {
      mm.frames().dropReference(frame);
    }
  }

  /** A write that was started, or why none was. */
  private record Started(
      Outcome outcome, MemorySegment source, @Nullable MemorySegment bounce, long[] runs) {

    static Started not(Outcome outcome) {
      return new Started(outcome, MemorySegment.NULL, null, new long[0]);
    }
  }

  private Outcome cleanReferenced(Operation operation, long pageIndex, int frame, boolean forced)
      throws LongpinException {
    operation.await(deadline -> words.lock(frame, deadline));
    Started started;
    try {
      operation.await(
          deadline -> words.await(frame, w -> !PageWord.has(w, PageWord.WRITEBACK), deadline));
      started = start(operation, pageIndex, frame, forced);
    } finally {
      words.unlock(frame);
    }
    if (started.outcome != Outcome.WRITTEN) {
      return started.outcome;
    }
    try {
      write(operation.space(), pageIndex, frame, started);
    } finally {
      if (started.bounce != null) {
        mm.bounce().give(started.bounce);
      }
    }
    mm.counters().writebacks.increment();
    if (started.bounce != null) {
      mm.counters().bounces.increment();
    }
    return Outcome.WRITTEN;
  }

  /** Steps 3 and 4, with the page locked. */
  private Started start(Operation operation, long pageIndex, int frame, boolean forced)
      throws LongpinException {
    MemorySegment source = mm.frames().segment(frame);
    while (true) {
      long word = words.load(frame);
      if (!PageWord.has(word, PageWord.MAPPED)) {
        return Started.not(Outcome.CLEAN);
      }
      if (!PageWord.isDirty(word)) {
        if (clearTag(operation.space(), pageIndex, frame)) {
          return Started.not(Outcome.CLEAN);
        }
        continue; // dirty by now
      }
      PagePins pins = PageWord.pins(word);
      OnClean how = pins.count() == 0 ? OnClean.IN_PLACE : mm.policy().onClean(pins, forced);
      if (how == OnClean.SKIP) {
        return Started.not(Outcome.SKIPPED);
      } else if (how == OnClean.COPY && pins.writes() > 0) {
        // (4)
        MemorySegment bounce = takeBounce(operation);
        words.startCopied(frame);
        Cells.copy(source, 0, bounce, 0, mm.frames().pageSize());
        long[] runs = takeDirtyRuns(operation.space(), pageIndex, frame, true);
        return new Started(Outcome.WRITTEN, bounce, bounce, runs);
      }
      // (3)
      MemorySegment bounce = mm.frames().isLendable(frame) ? takeBounce(operation) : null;
      long before =
          pins.writes() > 0 ? words.startInPlaceUnprotected(frame) : words.tryStartInPlace(frame);
      if (before != 0) {
        boolean all = PageWord.has(before, PageWord.DIRTY_ALL);
        long[] runs = takeDirtyRuns(operation.space(), pageIndex, frame, all);
        if (bounce == null) {
          return new Started(Outcome.WRITTEN, source, null, runs);
        }
        Cells.copy(source, 0, bounce, 0, mm.frames().pageSize());
        return new Started(Outcome.WRITTEN, bounce, bounce, runs);
      }
      if (bounce != null) {
        mm.bounce().give(bounce);
      }
    }
  }

  /** A page that is tagged and clean: no write pin came of what it was prepared for. */
  private boolean clearTag(AddressSpace space, long pageIndex, int frame) {
    space.index().lock();
    try {
      if (!words.tryClearWritable(frame)) {
        return false;
      }
      space.index().clearTag(pageIndex, Tag.DIRTY);
      return true;
    } finally {
      space.index().unlock();
    }
  }

  private MemorySegment takeBounce(Operation operation) throws LongpinException {
    try {
      MemorySegment bounce = mm.bounce().take(operation.deadline());
      if (bounce == null) {
        throw operation.deadlineExceeded();
      }
      return bounce;
    } catch (InterruptedException e) {
      throw operation.interrupted();
    }
  }

  /** Steps 5 and 6, with no lock held. */
  private void write(AddressSpace space, long pageIndex, int frame, Started started)
      throws StoreException {
    boolean good = false;
    long errors = space.errors().count();
    try {
      // (5)
      long pageStart = pageIndex << mm.frames().pageShift();
      long[] runs = started.runs;
      for (int i = 0; i < runs.length; i += 2) {
        MemorySegment run = started.source.asSlice(runs[i], runs[i + 1] - runs[i]);
        space.store().write(run, pageStart + runs[i]);
      }
      good = true;
    } finally {
      // (6)
      end(space, pageIndex, frame, good, errors);
    }
  }

  /**
   * Returns the byte ranges of the page to write, in pairs, and takes their dirty state.
   *
   * @param all whether every block counts as dirty, since a device may have written to it
   */
  private long[] takeDirtyRuns(AddressSpace space, long pageIndex, int frame, boolean all) {
    long pageStart = pageIndex << mm.frames().pageShift();
    long inFile = Math.clamp(space.size() - pageStart, 0, mm.frames().pageSize());
    int end = Fault.blockUp(inFile);
    long[] runs = new long[2 * (end + 1)];
    int count = 0;
    for (int block = 0; block < end; ) {
      int runEnd = block;
      while (runEnd < end && isDirty(frame, runEnd, all)) {
        runEnd++;
      }
      if (runEnd > block) {
        runs[count++] = (long) block * BlockState.BLOCK_SIZE;
        runs[count++] = Math.min((long) runEnd * BlockState.BLOCK_SIZE, inFile);
      }
      block = runEnd + 1;
    }
    blocks.clear(frame, State.DIRTY, 0, blocks.blocksPerPage());
    return Arrays.copyOf(runs, count);
  }

  /** With {@code all}: a block that has its space and holds the file's data. */
  private boolean isDirty(int frame, int block, boolean all) {
    return all
        ? blocks.all(frame, State.UPTODATE, block, block + 1)
            && blocks.all(frame, State.RESERVED, block, block + 1)
        : blocks.all(frame, State.DIRTY, block, block + 1);
  }

  /**
   * Ends the write: the tags and the word change together, with the index locked. If a sync of the
   * file failed since the write began, the kernel may have dropped what was written: not good then.
   */
  private void end(
      AddressSpace space, long pageIndex, int frame, boolean written, long errorsBefore) {
    PageIndex index = space.index();
    index.lock();
    try {
      boolean good = written && space.errors().count() == errorsBefore;
      if (!index.holds(pageIndex, frame)) {
        words.endWriteback(frame, 0); // disconnected meanwhile
      } else if (good) {
        index.tag(pageIndex, Tag.UNSYNCED);
        words.endWriteback(frame, PageWord.UNSYNCED);
        long word = words.load(frame);
        if (!PageWord.isDirty(word) && !PageWord.has(word, PageWord.WRITABLE)) {
          index.clearTag(pageIndex, Tag.DIRTY);
        }
      } else {
        index.tag(pageIndex, Tag.DIRTY);
        words.endWriteback(frame, PageWord.DIRTY | PageWord.DIRTY_ALL);
      }
    } finally {
      index.unlock();
    }
  }
}
