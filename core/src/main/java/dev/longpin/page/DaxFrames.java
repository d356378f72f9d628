package dev.longpin.page;

import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.page.BlockState.State;
import dev.longpin.spi.Store;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a cache whose memory is the storage itself. The storage says which frame is a page
 * of a file, and has the list of those that are of none; so a frame can be given to another file
 * while its word still has counts, if that is what the storage does. The word goes with the frame,
 * as the kernel's {@code struct page} goes with the block of a DAX device: pins of the file that
 * had it keep counting.
 *
 * <p>While a device can reach a page of a file that was closed, the file stays {@linkplain
 * Store#hold open} underneath: nobody can cut it, and so the storage gives none of it to another.
 */
final class DaxFrames {

  private final PageWords words;
  private final BlockState blocks;
  private final Mutex lock = new Mutex(LockRank.FRAMES);
  private final LongCell mapped = new LongCell(0);

  /** How many pages were disconnected, and are held by someone. */
  private final LongCell orphans;

  /** For each of them what lets go of its file; under the lock. */
  private final Map<Integer, Runnable> holds = new HashMap<>();

  DaxFrames(PageWords words, BlockState blocks, LongCell orphans) {
    this.words = words;
    this.blocks = blocks;
    this.orphans = orphans;
  }

  /** Returns how many frames are pages of open files, or were, and are held by someone. */
  int mappedCount() {
    return (int) mapped.get();
  }

  /**
   * Makes a frame a page of a file, whole and with its space; the index of that file is locked.
   *
   * @return false if its word was not, or is no more, {@linkplain PageWord#isUnused unused}
   */
  boolean tryMap(int frame) {
    long word = words.load(frame);
    if (!PageWord.isUnused(word)) {
      return false;
    }
    blocks.reset(frame);
    blocks.set(frame, State.UPTODATE, 0, blocks.blocksPerPage());
    blocks.set(frame, State.RESERVED, 0, blocks.blocksPerPage());
    long flags = PageWord.MAPPED | PageWord.REFERENCED | PageWord.UPTODATE | PageWord.WRITABLE;
    if (!words.change(frame, word, (word & ~PageWord.ORPHAN) | flags)) {
      return false;
    }
    if (PageWord.has(word, PageWord.ORPHAN)) {
      end(takeHold(frame));
    } else {
      mapped.add(1);
    }
    return true;
  }

  /** A page is about to be disconnected from its file, of which {@code store} is to stay open. */
  void hold(int frame, Store store) {
    Runnable hold = store.hold();
    lock.lock();
    try {
      holds.put(frame, hold);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Runnable takeHold(int frame) {
    lock.lock();
    try {
      return holds.remove(frame);
    } finally {
      lock.unlock();
    }
  }

  private void end(@Nullable Runnable hold) {
    orphans.add(-1);
    if (hold != null) {
      hold.run();
    }
  }

  /** A frozen frame is no page any more. */
  void release(int frame) {
    words.free(frame);
    mapped.add(-1);
  }

  /** The last user of a disconnected page has gone; the frame may be another file's by now. */
  void releaseOrphan(int frame) {
    Runnable hold;
    lock.lock();
    try {
      long word;
      do {
        word = words.load(frame);
        if (!PageWord.isAbandoned(word)) {
          return; // who mapped it, or released it, has seen to the rest
        }
      } while (!words.change(frame, word, 0));
      hold = holds.remove(frame); // with the lock: not what a later page of this frame holds
    } finally {
      lock.unlock();
    }
    mapped.add(-1);
    end(hold);
  }
}
