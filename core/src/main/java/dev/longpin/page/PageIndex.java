package dev.longpin.page;

import dev.longpin.base.Cells;
import dev.longpin.base.LockOrder;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The index of one file: page index to {@link Slot}, with tags for finding dirty and unsynced
 * pages. Lookup takes no lock; every change is made under {@link #lock}.
 *
 * <p>Two levels: an array of leaves, and leaves of 512 slots, each followed in the same array by
 * its tags and its number of pages. The array of leaves doubles as the file grows. Leaves beyond
 * page 2^29 (2 TiB of 4 KiB pages), which only sparse files have, are in a map and found under the
 * lock.
 *
 * <p>A reader may see an old array of leaves, or a leaf that was removed because it was empty: it
 * then finds the page absent and goes the slow path, which takes the lock.
 */
public final class PageIndex {

  /** The tags a page can have. */
  public enum Tag {
    /** The page is dirty or may become so without anyone taking the lock. */
    DIRTY,
    /** The page was written after the last fdatasync began. */
    UNSYNCED
  }

  private static final int LEAF_BITS = 9;
  private static final int LEAF_SLOTS = 1 << LEAF_BITS;
  private static final int TAG_WORDS = LEAF_SLOTS / Long.SIZE;
  private static final int PRESENT = LEAF_SLOTS + Tag.values().length * TAG_WORDS;
  private static final int NEAR_LEAVES = 1 << 20;

  /** The largest page index, which a frame's owner has room for. */
  public static final long MAX_PAGE_INDEX = (1L << 40) - 1;

  private final Mutex lock = new Mutex(LockRank.TREE);
  private long[] @Nullable [] leaves = new long[8] @Nullable [];
  private final TreeMap<Long, long[]> farLeaves = new TreeMap<>();
  private int version;
  private long presentPages;

  /** Acquires the lock for changes. */
  public void lock() {
    lock.lock();
  }

  /** Acquires the lock if it is free. */
  public boolean tryLock() {
    return lock.tryLock();
  }

  /** Releases the lock. */
  public void unlock() {
    lock.unlock();
  }

  /** Returns the slot of a page; absent may mean that the slow path has to look. */
  public long slot(long pageIndex) {
    long[] leaf = leafOf(pageIndex);
    return leaf == null ? Slot.ABSENT : slot(leaf, pageIndex);
  }

  /**
   * Returns the leaf that a page's slot is in, for {@link #slot(long[], long)}; null may mean that
   * the slow path has to look.
   */
  public long @Nullable [] leafOf(long pageIndex) {
    // A plain load of the array: an older one, or elements not yet visible, read as absent.
    long[] @Nullable [] near = leaves;
    long leafIndex = pageIndex >>> LEAF_BITS;
    return leafIndex < near.length ? Cells.loadAcquire(near, (int) leafIndex) : null;
  }

  /**
   * Returns the slot of a page in its leaf. A leaf that was removed from the index is all absent,
   * for good, so a second look at the same leaf is as good as one that starts from the index.
   */
  public static long slot(long[] leaf, long pageIndex) {
    return Cells.loadAcquire(leaf, (int) pageIndex & LEAF_SLOTS - 1);
  }

  /** Returns the slot of a page, with the lock held: exact. */
  public long slotLocked(long pageIndex) {
    long[] leaf = leaf(pageIndex >>> LEAF_BITS);
    return leaf == null ? Slot.ABSENT : Cells.loadAcquire(leaf, (int) pageIndex & LEAF_SLOTS - 1);
  }

  /** Returns the slot of a page, with the lock taken for that: exact as of a moment. */
  public long lookUp(long pageIndex) {
    lock();
    try {
      return slotLocked(pageIndex);
    } finally {
      unlock();
    }
  }

  /** Returns the frame of a page, or -1, with the lock taken for that. */
  public int lookUpFrame(long pageIndex) {
    long slot = lookUp(pageIndex);
    return slot == Slot.ABSENT ? -1 : Slot.frame(slot);
  }

  /** Returns whether a page is present, and in this frame; with the lock held. */
  public boolean holds(long pageIndex, int frame) {
    long slot = slotLocked(pageIndex);
    return slot != Slot.ABSENT && Slot.frame(slot) == frame;
  }

  /** Puts a page into an absent slot, with the lock held; returns the slot. */
  public long install(long pageIndex, int frame) {
    checkLocked();
    long[] leaf = leafForInstall(pageIndex >>> LEAF_BITS);
    long slot = Slot.of(frame, ++version);
    leaf[PRESENT]++;
    presentPages++;
    Cells.storeRelease(leaf, (int) pageIndex & LEAF_SLOTS - 1, slot);
    return slot;
  }

  /** Gives a present page another frame, with the lock held; its tags stay. */
  public void move(long pageIndex, int frame) {
    checkLocked();
    long[] leaf = leaf(pageIndex >>> LEAF_BITS);
    int element = (int) pageIndex & LEAF_SLOTS - 1;
    if (leaf == null || leaf[element] == Slot.ABSENT) {
      throw new AssertionError("moving an absent page: " + pageIndex);
    }
    Cells.storeRelease(leaf, element, Slot.of(frame, ++version));
  }

  /** Makes a page absent, with the lock held, and clears its tags. */
  public void remove(long pageIndex) {
    checkLocked();
    long leafIndex = pageIndex >>> LEAF_BITS;
    long[] leaf = leaf(leafIndex);
    int element = (int) pageIndex & LEAF_SLOTS - 1;
    if (leaf == null || leaf[element] == Slot.ABSENT) {
      throw new AssertionError("removing an absent page: " + pageIndex);
    }
    Cells.storeRelease(leaf, element, Slot.ABSENT);
    for (Tag tag : Tag.values()) {
      leaf[tagWord(tag, element)] &= ~(1L << element);
    }
    presentPages--;
    if (--leaf[PRESENT] == 0) {
      if (leafIndex < NEAR_LEAVES) {
        Cells.storeRelease(leaves, (int) leafIndex, null);
      } else {
        farLeaves.remove(leafIndex);
      }
    }
  }

  /** Returns how many pages are present, with the lock held. */
  public long presentPages() {
    return presentPages;
  }

  /** Tags a present page, with the lock held. */
  public void tag(long pageIndex, Tag tag) {
    checkLocked();
    long[] leaf = leaf(pageIndex >>> LEAF_BITS);
    int element = (int) pageIndex & LEAF_SLOTS - 1;
    if (leaf == null || leaf[element] == Slot.ABSENT) {
      throw new AssertionError("tagging an absent page: " + pageIndex);
    }
    leaf[tagWord(tag, element)] |= 1L << element;
  }

  /** Clears a tag, with the lock held. */
  public void clearTag(long pageIndex, Tag tag) {
    checkLocked();
    long[] leaf = leaf(pageIndex >>> LEAF_BITS);
    if (leaf != null) {
      int element = (int) pageIndex & LEAF_SLOTS - 1;
      leaf[tagWord(tag, element)] &= ~(1L << element);
    }
  }

  /** Returns whether a page has a tag, with the lock held. */
  public boolean isTagged(long pageIndex, Tag tag) {
    long[] leaf = leaf(pageIndex >>> LEAF_BITS);
    int element = (int) pageIndex & LEAF_SLOTS - 1;
    return leaf != null && (leaf[tagWord(tag, element)] & 1L << element) != 0;
  }

  /** Returns {@link #next}, with the lock taken for that. */
  public long findNext(long from, long to, @Nullable Tag tag) {
    lock();
    try {
      return next(from, to, tag);
    } finally {
      unlock();
    }
  }

  /**
   * Returns the first page of {@code [from, to)} that is present and, unless {@code tag} is null,
   * has it, or -1; with the lock held.
   */
  public long next(long from, long to, @Nullable Tag tag) {
    long pageIndex = from;
    while (pageIndex < to) {
      long leafIndex = nextLeaf(pageIndex >>> LEAF_BITS);
      if (leafIndex < 0) {
        return -1;
      }
      long[] leaf = leaf(leafIndex);
      long first = Math.max(pageIndex, leafIndex << LEAF_BITS);
      long end = Math.min(to, (leafIndex + 1) << LEAF_BITS);
      for (long page = first; page < end && leaf != null; page++) {
        int element = (int) page & LEAF_SLOTS - 1;
        if (tag != null && leaf[tagWord(tag, element)] >>> element == 0) {
          page |= Long.SIZE - 1; // no further tag in this word
        } else if (leaf[element] != Slot.ABSENT
            && (tag == null || (leaf[tagWord(tag, element)] & 1L << element) != 0)) {
          return page;
        }
      }
      pageIndex = (leafIndex + 1) << LEAF_BITS;
    }
    return -1;
  }

  private static int tagWord(Tag tag, int element) {
    return LEAF_SLOTS + tag.ordinal() * TAG_WORDS + element / Long.SIZE;
  }

  private long nextLeaf(long from) {
    for (long i = from; i < leaves.length; i++) {
      if (leaves[(int) i] != null) {
        return i;
      }
    }
    Long far = farLeaves.ceilingKey(from);
    return far == null ? -1 : far;
  }

  private long @Nullable [] leaf(long leafIndex) {
    if (leafIndex >= NEAR_LEAVES) {
      return farLeaves.get(leafIndex);
    }
    return leafIndex < leaves.length ? leaves[(int) leafIndex] : null;
  }

  private long[] leafForInstall(long leafIndex) {
    long[] leaf = leaf(leafIndex);
    if (leaf != null) {
      return leaf;
    }
    leaf = new long[PRESENT + 1];
    if (leafIndex >= NEAR_LEAVES) {
      farLeaves.put(leafIndex, leaf);
      return leaf;
    }
    if (leafIndex >= leaves.length) {
      int length = leaves.length;
      while (length <= leafIndex) {
        length *= 2;
      }
      long[] @Nullable [] grown = new long[length] @Nullable [];
      System.arraycopy(leaves, 0, grown, 0, leaves.length);
      leaves = grown;
    }
    Cells.storeRelease(leaves, (int) leafIndex, leaf);
    return leaf;
  }

  private static void checkLocked() {
    if (!LockOrder.holds(LockRank.TREE)) {
      throw new AssertionError("index changed without its lock");
    }
  }
}
