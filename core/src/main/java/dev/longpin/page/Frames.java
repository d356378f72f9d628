package dev.longpin.page;

import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.spi.Memory;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The memory that holds pages: frames of one region, a list of the free ones, and for each frame in
 * use whose page it is (the reverse map). A frame that is free is held by nobody: it comes back
 * only when the last count in its word is gone (I1).
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
  private final int[] free;
  private int freeCount;
  private final LongCell orphans = new LongCell(0);

  /** In place of the free list, where the storage says which frame a page has. */
  private final @Nullable DaxFrames dax;

  /** For each frame: the space's number above the 40 bits of the page index. */
  private final long[] owners;

  private final List<@Nullable AddressSpace> spaces = new ArrayList<>();

  /** Makes free frames of the region. */
  public Frames(Memory memory, int frameCount, int pageSize, PageWords words, BlockState blocks) {
    this.memory = memory;
    this.region = memory.segment();
    this.pageSize = pageSize;
    this.pageShift = Integer.numberOfTrailingZeros(pageSize);
    this.words = words;
    this.blocks = blocks;
    owners = new long[frameCount];
    free = new int[frameCount];
    for (int i = 0; i < frameCount; i++) {
      free[i] = frameCount - 1 - i;
    }
    freeCount = frameCount;
    dax = memory.isStorage() ? new DaxFrames(words, blocks, orphans) : null;
  }

  /** Returns whether the frames are the storage itself, which says which is a page of a file. */
  public boolean areStorage() {
    return dax != null;
  }

  /** Returns the number of frames. */
  public int count() {
    return free.length;
  }

  /** Returns the number of free frames. */
  public int freeCount() {
    if (dax != null) {
      return count() - dax.mappedCount();
    }
    lock.lock();
    try {
      return freeCount;
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
      if (freeCount == 0) {
        return -1;
      }
      return free[--freeCount];
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
      free[freeCount++] = frame;
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

  /** Removes a pin and gives the frame back if that was the last use of a disconnected page. */
  public void unpin(int frame, long unit) {
    if (PageWord.isAbandoned(words.unpin(frame, unit))) {
      releaseOrphan(frame);
    }
  }

  /** Removes a short pin, likewise. */
  public void unpinShort(int frame, long unit) {
    if (!words.tryUnpinShort(frame, unit)) {
      unpin(frame, unit);
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

  /** Gives the region back, unless a device may still reach it: then it stays mapped. */
  public void close() {
    if (orphans.get() == 0) {
      memory.free();
    }
  }
}
