package dev.longpin.page;

import dev.longpin.base.Checks;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.page.MemoryBlock.State;
import dev.longpin.spi.Memory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that holds pages: frames of one region in {@linkplain MemoryBlock blocks}, lists of
 * the free ones, and for each frame in use whose page it is (the reverse map). A frame that is free
 * is held by nobody: it comes back only when the last count in its word is gone (I1).
 */
public final class Frames {

  /** More open files than this a cache can't tell apart. */
  static final int MAX_SPACES = 1 << 24;

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

  /** For each frame: the space's number above the 40 bits of the page index. */
  private final long[] owners;

  private final List<@Nullable AddressSpace> spaces = new ArrayList<>();

  /**
   * Makes the frames of a region, none of which can be had before its block is online.
   *
   * @param framesPerBlock how many come and go together
   * @param normalFrames how many are never given back
   */
  public Frames(
      Memory memory,
      int pageSize,
      int framesPerBlock,
      int normalFrames,
      PageWords words,
      BlockState blocks) {
    this.memory = memory;
    this.region = memory.segment();
    this.pageSize = pageSize;
    this.pageShift = Integer.numberOfTrailingZeros(pageSize);
    this.words = words;
    this.blocks = blocks;
    owners = new long[words.count()];
    memoryBlocks = new MemoryBlocks(words.count(), framesPerBlock, normalFrames);
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

  /** Takes a free frame of those that are never given back, or returns -1. */
  public int tryAllocateNormal() {
    lock.lock();
    try {
      return memoryBlocks.takeNormal();
    } finally {
      lock.unlock();
    }
  }

  /** Gives back a frame that no device and no I/O can reach; the page in it is forgotten. */
  public void release(int frame) {
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
    if (PageWord.isAbandoned(words.orphan(frame))) {
      release(frame);
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
      release(frame);
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
      release(frame);
    }
  }

  /** Drops a reference, likewise. */
  public void dropReference(int frame) {
    if (PageWord.isAbandoned(words.dropReference(frame))) {
      release(frame);
    }
  }

  /** Numbers an address space. */
  public int register(AddressSpace space) {
    lock.lock();
    try {
      int id = spaces.indexOf(null);
      if (id < 0) {
        id = spaces.size();
        if (id >= MAX_SPACES) {
          throw new IllegalStateException("more than " + MAX_SPACES + " open files");
        }
        spaces.add(space);
      } else {
        spaces.set(id, space);
      }
      return id;
    } finally {
      lock.unlock();
    }
  }

  /** Forgets an address space that has no pages left. */
  public void unregister(int id) {
    lock.lock();
    try {
      spaces.set(id, null);
    } finally {
      lock.unlock();
    }
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
    int id = (int) (owners[frame] >>> 40);
    lock.lock();
    try {
      return id < spaces.size() ? spaces.get(id) : null;
    } finally {
      lock.unlock();
    }
  }

  // Blocks

  /** Returns whether a frame is one of those that are never given back. */
  public boolean isNormal(int frame) {
    return memoryBlocks.isNormal(frame);
  }

  /** Returns the block that a frame is in. */
  public int blockOf(int frame) {
    return frame / memoryBlocks.framesPerBlock();
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
    memory.populate(offsetOf(block), bytesOf(block));
    move(block, State.ONLINE);
    freed.signalAll();
  }

  /** Adds the frames of blocks {@code [0, end)}, whose memory is populated. */
  public void onlineFirst(int end) {
    for (int block = 0; block < end; block++) {
      move(block, State.ONLINE);
    }
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
    memory.giveBack(offsetOf(block), bytesOf(block));
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

  private long bytesOf(int block) {
    return (long) (firstFrame(block + 1) - firstFrame(block)) << pageShift;
  }

  /** Gives the region back, unless a device may still reach it: then it stays mapped. */
  public void close() {
    if (orphans.get() == 0) {
      memory.free();
    }
  }
}
