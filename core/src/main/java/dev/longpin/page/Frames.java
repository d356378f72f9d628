package dev.longpin.page;

import dev.longpin.base.Checks;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.page.MemoryBlock.State;
import dev.longpin.spi.Memory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The memory that holds pages: frames of one region in {@linkplain MemoryBlock blocks}, lists of
 * the free ones, and for each frame in use whose page it is (the reverse map). A frame that is free
 * is held by nobody: it comes back only when the last count in its word is gone (I1).
 */
public final class Frames {

  private final Memory memory;
  private final MemorySegment region;
  private final int pageSize;
  private final int pageShift;
  private final PageWords words;
  private final BlockState blocks;

  private final Mutex lock = new Mutex(LockRank.FRAMES);
  private final EventCount freed = new EventCount();
  private final MemoryBlocks memoryBlocks;
  private volatile int count; // changed under the lock
  private final LongCell orphans = new LongCell(0);

  /** In place of the free list, where the storage says which frame a page has. */
  private final @Nullable DaxFrames dax;

  /** For each frame: the space's number above the 40 bits of the page index. */
  private final long[] owners;

  private final Spaces spaces = new Spaces();

  /**
   * Makes the frames of a region, none of which can be had before its block is online.
   *
   * @param framesPerBlock how many come and go together
   * @param normalFrames how many are never given back
   * @param generalFrames how many are for any page; the others are for lending
   */
  public Frames(
      Memory memory,
      int pageSize,
      int framesPerBlock,
      int normalFrames,
      int generalFrames,
      PageWords words,
      BlockState blocks) {
    this.memory = memory;
    this.region = memory.segment();
    this.pageSize = pageSize;
    this.pageShift = Integer.numberOfTrailingZeros(pageSize);
    this.words = words;
    this.blocks = blocks;
    owners = new long[words.count()];
    memoryBlocks = new MemoryBlocks(words.count(), framesPerBlock, normalFrames, generalFrames);
    dax = memory.isStorage() ? new DaxFrames(words, blocks, orphans) : null;
  }

  /** Returns whether the frames are the storage itself, which says which is a page of a file. */
  public boolean areStorage() {
    return dax != null;
  }

  /** Returns how many frames there is memory for. */
  public int count() {
    return count;
  }

  /** Returns how many frames there can be: every frame's number is less. */
  public int limit() {
    return words.count();
  }

  /** Returns the number of free frames. */
  public int freeCount() {
    if (dax != null) {
      return count() - dax.mappedCount();
    }
    lock.lock();
    try {
      return memoryBlocks.freeFrames();
    } finally {
      lock.unlock();
    }
  }

  /** Returns the page size in bytes. */
  public int pageSize() {
    return pageSize;
  }

  /** Returns the base-2 logarithm of the page size. */
  public int pageShift() {
    return pageShift;
  }

  /** Returns the memory of a frame. */
  public MemorySegment segment(int frame) {
    return region.asSlice((long) frame << pageShift, pageSize);
  }

  /** Returns the whole region, in which frame {@code f} begins at {@code f * pageSize}. */
  public MemorySegment region() {
    return region;
  }

  /** Signals when a frame was freed, or a page got clean, so that there may be one to reclaim. */
  public EventCount freed() {
    return freed;
  }

  /** Takes a free frame, or returns -1. */
  public int tryAllocate() {
    lock.lock();
    try {
      return memoryBlocks.take();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes the first free frame of blocks in use, or returns -1.
   *
   * @param from the first frame of a block
   * @param to where a block ends
   */
  public int tryAllocate(int from, int to) {
    lock.lock();
    try {
      return memoryBlocks.take(from, to);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes the frame that the storage names a page of a file; the index of that file is locked.
   *
   * @return false if it was not {@linkplain PageWord#isUnused unused}
   */
  public boolean tryMap(int frame) {
    if (dax == null) {
      throw new IllegalStateException("the frames are not the storage");
    }
    return dax.tryMap(frame);
  }

  /** Gives back a frame that no device and no I/O can reach; the page in it is forgotten. */
  public void release(int frame) {
    if (dax != null) {
      dax.release(frame);
      freed.signalAll();
      return;
    }
    boolean orphan = PageWord.has(words.load(frame), PageWord.ORPHAN);
    words.free(frame);
    blocks.reset(frame);
    if (orphan) {
      orphans.add(-1);
    }
    lock.lock();
    try {
      memoryBlocks.give(frame);
    } finally {
      lock.unlock();
    }
    freed.signalAll();
  }

  /** Disconnects the page in {@code frame}; its last user gives the frame back. */
  public void orphan(int frame) {
    orphans.add(1);
    AddressSpace space = dax == null ? null : ownerSpace(frame);
    if (dax != null && space != null) {
      dax.hold(frame, space.store());
    }
    if (PageWord.isAbandoned(words.orphan(frame))) {
      releaseOrphan(frame);
    }
  }

  private void releaseOrphan(int frame) {
    if (dax == null) {
      release(frame);
    } else {
      dax.releaseOrphan(frame);
      freed.signalAll();
    }
  }

  /** Returns how many frames were disconnected and are still held. */
  public long orphanCount() {
    return orphans.get();
  }

  /**
   * Removes a pin and gives the frame back if that was the last use of a disconnected page.
   *
   * @return whether the page is its file's; false also while somebody may be taking it away
   */
  public boolean unpin(int frame, long unit) {
    long word = words.unpin(frame, unit);
    if (PageWord.isAbandoned(word)) {
      releaseOrphan(frame);
    }
    return PageWord.has(word, PageWord.MAPPED);
  }

  /** Removes a short pin, likewise. */
  public void unpinShort(int frame, long unit) {
    if (!words.tryUnpinShort(frame, unit)) {
      boolean _ = unpin(frame, unit);
    }
  }

  /** Undoes a pin that was never used, likewise. */
  public void undoPin(int frame, long unit) {
    if (PageWord.isAbandoned(words.undoPin(frame, unit))) {
      releaseOrphan(frame);
    }
  }

  /** Drops a reference, likewise. */
  public void dropReference(int frame) {
    if (PageWord.isAbandoned(words.dropReference(frame))) {
      releaseOrphan(frame);
    }
  }

  /** Numbers an address space. */
  public int register(AddressSpace space) {
    return spaces.register(space);
  }

  /** Forgets an address space that has no pages left. */
  public void unregister(int id) {
    spaces.unregister(id);
  }

  /** Notes whose page a frame holds. */
  void setOwner(int frame, AddressSpace space, long pageIndex) {
    owners[frame] = (long) space.id() << 40 | pageIndex;
  }

  /** Returns the page index that a frame was last used for. */
  public long ownerPage(int frame) {
    return owners[frame] & PageIndex.MAX_PAGE_INDEX;
  }

  /** Returns the space that a frame was last used for, if it is still open. */
  public @Nullable AddressSpace ownerSpace(int frame) {
    return spaces.of((int) (owners[frame] >>> 40));
  }

  // Blocks

  /** Returns whether a frame is one of those that are never given back. */
  public boolean isNormal(int frame) {
    return memoryBlocks.isNormal(frame);
  }

  /** Returns the first frame of a block; that of the next is where this one ends. */
  public int firstFrame(int block) {
    return Math.min(limit(), block * memoryBlocks.framesPerBlock());
  }

  /** Returns the blocks in use that can be given back. */
  public int[] movableBlocks() {
    return blocks(State.ONLINE);
  }

  /** Returns the blocks that there is no memory for. */
  public int[] offlineBlocks() {
    return blocks(State.OFFLINE);
  }

  private int[] blocks(State state) {
    lock.lock();
    try {
      return memoryBlocks.movable(state);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adds the frames of a block, whose memory is populated first (the kernel's {@code
   * online_pages}).
   *
   * @throws OutOfMemoryError if there is none; nothing has changed
   */
  public void online(int block) {
    memory.populate(offsetOf(block), bytesOf(block, block + 1));
    move(block, State.ONLINE);
    freed.signalAll();
  }

  /** Adds the frames of blocks {@code [0, end)}, whose memory is populated. */
  public void onlineFirst(int end) {
    moveAll(0, end, State.ONLINE);
  }

  /** Gives out no frame of a block any more. */
  public void isolate(int block) {
    move(block, State.ISOLATED);
  }

  /** Gives out the frames of an isolated block again. */
  public void reintegrate(int block) {
    move(block, State.ONLINE);
    freed.signalAll();
  }

  /** Returns whether nobody has a frame of an isolated block any more. */
  public boolean isEmpty(int block) {
    lock.lock();
    try {
      return memoryBlocks.block(block).isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /** Gives back the memory of an isolated block that is empty ({@code offline_pages}). */
  public void offline(int block) {
    Checks.invariant(isEmpty(block), "a block in use goes offline");
    move(block, State.OFFLINE);
    memory.giveBack(offsetOf(block), bytesOf(block, block + 1));
  }

  /**
   * Lends blocks in a row, which are then for the pages of one holder.
   *
   * @return them, or null if there are not so many
   * @throws OutOfMemoryError if there is no memory; nothing has changed
   */
  public @Nullable LentBlocks lend(int blockCount) {
    int first;
    int end;
    lock.lock();
    try {
      first = memoryBlocks.findLendable(blockCount);
      end = first + blockCount;
      for (int block = first; first >= 0 && block < end; block++) {
        memoryBlocks.set(block, State.LENT);
      }
    } finally {
      lock.unlock();
    }
    if (first < 0) {
      return null;
    }
    LentBlocks lent = null;
    try {
      lent = new LentBlocks(first, end, memory.lend(offsetOf(first), bytesOf(first, end)));
      return lent;
    } finally {
      if (lent == null) {
        moveAll(first, end, State.OFFLINE);
      }
    }
  }

  /** Takes a free frame of blocks that are lent, or returns -1. */
  public int tryAllocate(LentBlocks lent) {
    lock.lock();
    try {
      return memoryBlocks.takeLent(lent.first(), lent.end());
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether a frame is one of those. */
  public boolean isIn(LentBlocks lent, int frame) {
    return frame >= firstFrame(lent.first()) && frame < firstFrame(lent.end());
  }

  /** Returns whether a frame is in memory that some holder has. */
  public boolean isLendable(int frame) {
    return memoryBlocks.isLendable(frame);
  }

  /** Returns the memory of blocks that are lent. */
  public MemorySegment segment(LentBlocks lent) {
    return region.asSlice(offsetOf(lent.first()), bytesOf(lent.first(), lent.end()));
  }

  /**
   * Returns whether anybody has taken a frame of lent blocks and put no page there yet. Frames that
   * are no page's any more, and wait for their last user, are not meant.
   */
  public boolean isAnyOnItsWay(LentBlocks lent) {
    int used = 0;
    lock.lock();
    try {
      for (int block = lent.first(); block < lent.end(); block++) {
        used += memoryBlocks.block(block).usedCount();
      }
    } finally {
      lock.unlock();
    }
    int known = 0;
    for (int frame = firstFrame(lent.first()); frame < firstFrame(lent.end()); frame++) {
      known += words.load(frame) == 0 ? 0 : 1;
    }
    return used > known;
  }

  /** Gives out no frame of lent blocks any more. */
  public void isolate(LentBlocks lent) {
    moveAll(lent.first(), lent.end(), State.ISOLATED);
  }

  /**
   * Takes the memory of lent blocks away, which are isolated: whoever had it reaches no frame any
   * more. No page is left there.
   */
  public void takeBack(LentBlocks lent) {
    memory.takeBack(offsetOf(lent.first()), bytesOf(lent.first(), lent.end()));
  }

  /** Lets the blocks be lent again, once nobody has a frame of them; returns whether that is so. */
  public boolean tryEnd(LentBlocks lent) {
    for (int block = lent.first(); block < lent.end(); block++) {
      if (!isEmpty(block)) {
        return false;
      }
    }
    moveAll(lent.first(), lent.end(), State.OFFLINE);
    return true;
  }

  private void moveAll(int first, int end, State next) {
    for (int block = first; block < end; block++) {
      move(block, next);
    }
  }

  private void move(int block, State next) {
    lock.lock();
    try {
      memoryBlocks.set(block, next);
      count = memoryBlocks.onlineFrames();
    } finally {
      lock.unlock();
    }
  }

  private long offsetOf(int block) {
    return (long) firstFrame(block) << pageShift;
  }

  private long bytesOf(int first, int end) {
    return offsetOf(end) - offsetOf(first);
  }

  /** Gives the region back, unless a device may still reach it: then it stays mapped. */
  public void close() {
    if (orphans.get() == 0) {
      memory.free();
    }
  }
}
