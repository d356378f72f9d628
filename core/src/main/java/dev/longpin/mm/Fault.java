package dev.longpin.mm;

import dev.longpin.api.LongpinException;
import dev.longpin.api.NoFrameException;
import dev.longpin.api.StoreException;
import dev.longpin.base.Cells;
import dev.longpin.base.Deadline;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.BlockState;
import dev.longpin.page.BlockState.State;
import dev.longpin.page.PageIndex;
import dev.longpin.page.PageIndex.Tag;
import dev.longpin.page.PageWord;
import dev.longpin.page.PageWords;
import dev.longpin.page.Slot;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Brings pages into memory. The caller has the file's invalidate lock, shared, so that no cut runs,
 * and has seen that the page is not going.
 *
 * <ol>
 *   <li>Look the page up with the index locked. If it is there: take a reference, then its lock.
 *   <li>Else take a frame, reclaiming one if need be. If there is none, return {@link #NO_FRAME}:
 *       the caller lets go of its locks before it waits for one (I11).
 *   <li>Put the page into the index, locked and with nothing up to date, unless someone was faster.
 *   <li>Read what blocks are needed; what lies past the end of the file is zeros (I10).
 * </ol>
 */
public final class Fault {

  /** No frame could be had without waiting. */
  public static final int NO_FRAME = -1;

  private final CoreMm mm;
  private final PageWords words;
  private final BlockState blocks;
  private final Reclaim reclaim;
  private final PageLookup lookup;
  private final @Nullable DaxFault dax;

  /** Makes the protocol for a cache. */
  public Fault(CoreMm mm, Reclaim reclaim) {
    this.mm = mm;
    this.words = mm.words();
    this.blocks = mm.blocks();
    this.reclaim = reclaim;
    this.lookup = new PageLookup(mm);
    this.dax = mm.isDax() ? new DaxFault(mm) : null;
  }

  /**
   * Finds or makes the page, with a reference and its lock taken; {@link #done} drops both.
   *
   * @return its frame, or {@link #NO_FRAME}
   */
  public int lockPage(Operation operation, long pageIndex) throws LongpinException {
    while (true) {
      // (1)
      int frame = lookup.reference(operation, pageIndex);
      if (frame >= 0) {
        lock(operation, frame);
        return frame;
      }
      if (dax != null) {
        if (dax.map(operation, pageIndex, true) == Store.NO_FRAME) {
          return NO_FRAME;
        }
        continue;
      }
      mm.counters().misses.increment();
      // (2)
      int fresh = reclaim.tryAllocate();
      if (fresh < 0) {
        return NO_FRAME;
      }
      // (3)
      if (install(operation.space(), pageIndex, fresh)) {
        return fresh;
      }
    }
  }

  /**
   * Where the pages are the storage: maps a page unless it is a hole.
   *
   * @return whether it is in the index now; false too where pages are read
   * @throws NoFrameException if there is no room to map it in
   */
  public boolean mapUnlessHole(Operation operation, long pageIndex) throws LongpinException {
    if (dax == null) {
      return false;
    }
    int frame = dax.map(operation, pageIndex, false);
    if (frame == Store.NO_FRAME) {
      throw new NoFrameException("more of the files is mapped than the cache has room for");
    }
    return frame != Store.HOLE;
  }

  private void lock(Operation operation, int frame) throws LongpinException {
    boolean locked = false;
    try {
      Store store = operation.space().store();
      operation.await(deadline -> awaitFill(store, frame, deadline) && words.lock(frame, deadline));
      locked = true;
    } finally {
      if (!locked) {
        mm.frames().dropReference(frame);
      }
    }
  }

  /** Waits for a read in flight, and takes part in what that needs. */
  private boolean awaitFill(Store store, int frame, Deadline deadline) throws InterruptedException {
    return !isFilling(frame)
        || !store.isAsync()
        || store.awaitEnd(() -> !isFilling(frame), deadline);
  }

  private boolean isFilling(int frame) {
    return PageWord.has(words.load(frame), PageWord.FILLING);
  }

  /**
   * Does what {@link #lockPage} does, and makes bytes {@code [from, to)} up to date; other bytes of
   * their blocks with them. Where the store can read without us, the deadline ends our wait for it
   * too: the read goes on, with the page locked.
   *
   * @throws LongpinException if the wait ended, or the store can't be read; what was read stays
   */
  public int lockFilled(Operation operation, long pageIndex, int from, int to)
      throws LongpinException {
    AddressSpace space = operation.space();
    int frame = lockPage(operation, pageIndex);
    if (frame == NO_FRAME) {
      return frame;
    }
    if (space.store().isAsync()) {
      readAndLock(operation, pageIndex, frame, from / BlockState.BLOCK_SIZE, blockUp(to));
    }
    boolean filled = false;
    try {
      fill(space, pageIndex, frame, from, to); // what a read in flight did not bring, it failed
      filled = true;
      return frame;
    } finally {
      if (!filled) {
        done(frame);
      }
    }
  }

  /**
   * Starts the read of a locked page and waits for it, or for room for it: the page is locked again
   * then. If that fails the caller's reference is gone.
   */
  private void readAndLock(Operation operation, long pageIndex, int frame, int from, int to)
      throws LongpinException {
    Store store = operation.space().store();
    boolean started = false;
    int missing;
    while (!started
        && (missing = blocks.nextClear(frame, State.UPTODATE, from, to)) < to
        && words.tryReference(frame)) {
      boolean waited = false;
      try {
        started = startFill(operation.space(), pageIndex, frame, missing, to);
        if (!started) {
          operation.await(deadline -> store.awaitEnd(store::canStartRead, deadline));
        }
        waited = true;
      } finally {
        if (!waited) {
          mm.frames().dropReference(frame);
        }
      }
      lock(operation, frame);
    }
  }

  /**
   * Starts to bring in a page that is not in memory, and does not wait for it, unless the store is
   * one that can't read without us.
   *
   * @return false if there is no frame, or no room for another read
   */
  public boolean start(AddressSpace space, long pageIndex) {
    int fresh = reclaim.tryAllocate();
    if (fresh < 0) {
      return false;
    }
    if (install(space, pageIndex, fresh)) {
      mm.counters().misses.increment();
      return startFill(space, pageIndex, fresh, 0, blocks.blocksPerPage());
    }
    return true;
  }

  /**
   * Starts a read of the first of blocks {@code [from, to)} of a locked page that are not up to
   * date. The lock and a reference go over to the read, which may well outlive our caller's wait,
   * the invalidate lock and the file: a cut waits for the reference (H19). After a failure the
   * blocks are as they were, and who needs them reads again and gets the error.
   *
   * @return false if the store has no room for it: the lock and the reference are given back
   */
  private boolean startFill(AddressSpace space, long pageIndex, int frame, int from, int to) {
    int end = blocks.nextSet(frame, State.UPTODATE, from, to);
    long start = (long) from * BlockState.BLOCK_SIZE;
    long length = (long) (end - from) * BlockState.BLOCK_SIZE;
    long fileOffset = (pageIndex << mm.frames().pageShift()) + start;
    MemorySegment target = mm.frames().segment(frame).asSlice(start, length);
    MemorySegment inFile = target.asSlice(0, Math.clamp(space.size() - fileOffset, 0, length));
    words.startFill(frame);
    boolean started = false;
    try {
      started =
          space
              .store()
              .startRead(
                  inFile,
                  fileOffset,
                  (bytesRead, failure) -> endFill(frame, from, end, target, bytesRead, failure));
      return started;
    } finally {
      if (!started) { // no room, or the file was closed meanwhile
        words.endFill(frame, 0);
        mm.frames().dropReference(frame);
      }
    }
  }

  private void endFill(
      int frame,
      int from,
      int to,
      MemorySegment target,
      long bytesRead,
      @Nullable StoreException failure) {
    long also = 0;
    if (failure == null) {
      Cells.zero(target, bytesRead, target.byteSize() - bytesRead);
      blocks.set(frame, State.UPTODATE, from, to);
      also = blocks.all(frame, State.UPTODATE, 0, blocks.blocksPerPage()) ? PageWord.UPTODATE : 0;
    }
    words.endFill(frame, also);
    mm.frames().dropReference(frame);
  }

  /** Puts the page into the index, or gives the frame back if someone was faster. */
  private boolean install(AddressSpace space, long pageIndex, int fresh) {
    PageIndex index = space.index();
    boolean installed = false;
    words.prepare(fresh);
    try {
      index.lock();
      try {
        space.checkNotAbandoned();
        if (index.slotLocked(pageIndex) == Slot.ABSENT) {
          space.install(mm.frames(), pageIndex, fresh);
          words.publish(fresh);
          installed = true;
        }
      } finally {
        index.unlock();
      }
      return installed;
    } finally {
      if (!installed) {
        words.unlock(fresh);
        mm.frames().release(fresh);
      }
    }
  }

  /** Unlocks the page and drops the reference. */
  public void done(int frame) {
    words.unlock(frame);
    mm.frames().dropReference(frame);
  }

  /**
   * Makes bytes {@code [from, to)} of a locked page up to date; other bytes of their blocks with
   * them.
   *
   * @throws LongpinException if the store can't be read; what was read stays
   */
  public void fill(AddressSpace space, long pageIndex, int frame, int from, int to)
      throws LongpinException {
    // (4)
    int end = blockUp(to);
    int block = from / BlockState.BLOCK_SIZE;
    while ((block = blocks.nextClear(frame, State.UPTODATE, block, end)) < end) {
      int runEnd = blocks.nextSet(frame, State.UPTODATE, block, end);
      readBlocks(space, pageIndex, frame, block, runEnd);
      markUptodate(frame, block, runEnd);
      block = runEnd;
    }
  }

  private void readBlocks(AddressSpace space, long pageIndex, int frame, int from, int to)
      throws LongpinException {
    long fileOffset = (pageIndex << mm.frames().pageShift()) + (long) from * BlockState.BLOCK_SIZE;
    long length = (long) (to - from) * BlockState.BLOCK_SIZE;
    MemorySegment target =
        mm.frames().segment(frame).asSlice((long) from * BlockState.BLOCK_SIZE, length);
    long inFile = Math.clamp(space.size() - fileOffset, 0, length);
    long read = inFile == 0 ? 0 : space.store().read(target.asSlice(0, inFile), fileOffset);
    Cells.zero(target, read, length - read);
  }

  /** Makes blocks that lie wholly in {@code [from, to)} zeros instead of reading them. */
  public void zeroFill(int frame, int from, int to) {
    int end = to / BlockState.BLOCK_SIZE;
    int block = blockUp(from);
    while ((block = blocks.nextClear(frame, State.UPTODATE, block, end)) < end) {
      int runEnd = blocks.nextSet(frame, State.UPTODATE, block, end);
      long length = (long) (runEnd - block) * BlockState.BLOCK_SIZE;
      Cells.zero(mm.frames().segment(frame), (long) block * BlockState.BLOCK_SIZE, length);
      markUptodate(frame, block, runEnd);
      block = runEnd;
    }
  }

  /** Notes that blocks of a locked page are up to date. */
  public void markUptodate(int frame, int fromBlock, int toBlock) {
    blocks.set(frame, State.UPTODATE, fromBlock, toBlock);
    if (blocks.all(frame, State.UPTODATE, 0, blocks.blocksPerPage())) {
      words.set(frame, PageWord.UPTODATE);
    }
  }

  /** Makes a locked page dirty, and {@code flags} besides, together with its tag. */
  public void markDirty(AddressSpace space, long pageIndex, int frame, long flags) {
    if (dax != null) {
      words.set(frame, flags); // what was written is in the file
      return;
    }
    space.index().lock();
    try {
      space.checkNotAbandoned();
      space.index().tag(pageIndex, Tag.DIRTY);
      words.set(frame, PageWord.DIRTY | flags);
    } finally {
      space.index().unlock();
    }
  }

  /** Lets write pins take the fast path to a locked page that is whole and has its space. */
  void markWritable(AddressSpace space, long pageIndex, int frame) {
    if (!tryMarkWritable(space, pageIndex, frame)) {
      space.checkNotAbandoned();
    }
  }

  /** The same; false if the file was closed. */
  boolean tryMarkWritable(AddressSpace space, long pageIndex, int frame) {
    if (dax != null) {
      words.set(frame, PageWord.WRITABLE);
      return true;
    }
    space.index().lock();
    try {
      if (!space.isAbandoned()) {
        space.index().tag(pageIndex, Tag.DIRTY);
        words.set(frame, PageWord.WRITABLE);
        return true;
      }
      return false;
    } finally {
      space.index().unlock();
    }
  }

  /** Waits until the frame of a locked page is not being written itself (I4). */
  public void awaitStable(Operation operation, int frame) throws LongpinException {
    operation.await(
        deadline -> words.await(frame, w -> !PageWord.has(w, PageWord.STABLE), deadline));
  }

  /** Reserves space for blocks of a locked page that lack it, as far as the file goes (I7). */
  public void reserve(AddressSpace space, long pageIndex, int frame, int fromBlock, int toBlock)
      throws LongpinException {
    long pageStart = pageIndex << mm.frames().pageShift();
    int block = fromBlock;
    while ((block = blocks.nextClear(frame, State.RESERVED, block, toBlock)) < toBlock) {
      int runEnd = blocks.nextSet(frame, State.RESERVED, block, toBlock);
      long length = (long) (runEnd - block) * BlockState.BLOCK_SIZE;
      space.store().reserve(pageStart + (long) block * BlockState.BLOCK_SIZE, length);
      blocks.set(frame, State.RESERVED, block, runEnd);
      block = runEnd;
    }
  }

  /** Returns the number of blocks that {@code bytes} of a page make. */
  public static int blockUp(long bytes) {
    return (int) ((bytes + BlockState.BLOCK_SIZE - 1) / BlockState.BLOCK_SIZE);
  }
}
