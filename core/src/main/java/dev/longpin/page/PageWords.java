package dev.longpin.page;

import static dev.longpin.page.PageWord.COUNTS;
import static dev.longpin.page.PageWord.DIRTY;
import static dev.longpin.page.PageWord.DIRTY_ALL;
import static dev.longpin.page.PageWord.FILLING;
import static dev.longpin.page.PageWord.GATE;
import static dev.longpin.page.PageWord.HALF_SHORT_READS;
import static dev.longpin.page.PageWord.HALF_SHORT_WRITES;
import static dev.longpin.page.PageWord.LOCKED;
import static dev.longpin.page.PageWord.MAPPED;
import static dev.longpin.page.PageWord.ONE_REFERENCE;
import static dev.longpin.page.PageWord.ONE_SHORT_WRITE;
import static dev.longpin.page.PageWord.ORPHAN;
import static dev.longpin.page.PageWord.PINS;
import static dev.longpin.page.PageWord.REFERENCED;
import static dev.longpin.page.PageWord.REFERENCES;
import static dev.longpin.page.PageWord.SHORT_READS;
import static dev.longpin.page.PageWord.SHORT_WRITES;
import static dev.longpin.page.PageWord.STABLE;
import static dev.longpin.page.PageWord.UNSYNCED;
import static dev.longpin.page.PageWord.UPTODATE;
import static dev.longpin.page.PageWord.WAITERS;
import static dev.longpin.page.PageWord.WRITABLE;
import static dev.longpin.page.PageWord.WRITEBACK;
import static dev.longpin.page.PageWord.WRITE_PINS;

import dev.longpin.base.Cells;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockOrder;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import java.util.function.LongPredicate;

/**
 * The page words of a cache, one a frame, and the only place that changes them. Each change is one
 * compare-and-set; "is it idle, and shut it" is one instruction (the kernel's {@code
 * page_ref_freeze}).
 *
 * <p>Waiting for a word follows the kernel's {@code folio_wait_bit}: a hashed table of wait queues,
 * and a flag in the word so that nobody wakes when nobody waits.
 */
public sealed class PageWords permits DaxWords {

  private final long[] words;
  private final WaitQueues queues = new WaitQueues();
  private final LongCell dirtyPages = new LongCell(0);

  /** Makes the words of {@code frameCount} free frames. */
  public PageWords(int frameCount) {
    words = new long[frameCount];
  }

  /** Returns the number of words. */
  public int count() {
    return words.length;
  }

  /** Returns the word of {@code frame}. */
  public long load(int frame) {
    return Cells.loadAcquire(words, frame);
  }

  /** Returns how many pages count for dirty throttling. */
  public long dirtyPages() {
    return dirtyPages.get();
  }

  boolean change(int frame, long word, long next) {
    if (!Cells.compareAndSet(words, frame, word, next)) {
      return false;
    }
    int delta = (PageWord.countsAsDirty(next) ? 1 : 0) - (PageWord.countsAsDirty(word) ? 1 : 0);
    if (delta != 0) {
      dirtyPages.add(delta);
    }
    return true;
  }

  // Pins

  /**
   * Adds a short pin of {@code unit} as {@link #tryPin} does, but with one test for everything; the
   * upper half of the count is left to the slow path.
   *
   * @return false to go the slow path
   */
  public boolean tryPinShort(int frame, long unit) {
    boolean writes = unit == ONE_SHORT_WRITE;
    long required = writes ? MAPPED | UPTODATE | WRITABLE : MAPPED | UPTODATE;
    long refused = writes ? GATE | STABLE | HALF_SHORT_WRITES : GATE | HALF_SHORT_READS;
    long[] words = this.words;
    while (true) {
      long word = Cells.loadAcquire(words, frame);
      if ((word & (required | refused)) != required) {
        return false;
      }
      if (Cells.compareAndSet(words, frame, word, (word + unit) | REFERENCED)) {
        return true;
      }
    }
  }

  /**
   * Adds a pin of {@code unit}, short or long-term, if the page is whole, its gate open, and (to
   * write) its space reserved and no write of the frame itself in flight (I4). A page under a write
   * pin is as good as dirty; the flag follows when the pin ends.
   *
   * @return false to go the slow path, or because the count is full
   */
  public boolean tryPin(int frame, long unit) {
    boolean writes = PageWord.has(unit, WRITE_PINS);
    long required = writes ? MAPPED | UPTODATE | WRITABLE : MAPPED | UPTODATE;
    long mask = required | GATE | (writes ? STABLE : 0);
    while (true) {
      long word = load(frame);
      if ((word & mask) != required || PageWord.isFull(word, unit)) {
        return false;
      }
      if (change(frame, word, (word + unit) | REFERENCED)) {
        return true;
      }
    }
  }

  /**
   * Adds a pin to a page that the caller has locked, for a device that will write over all that is
   * not up to date yet.
   *
   * @return false if the gate is shut, the count is full, or (to write) the frame is being written
   */
  public boolean tryPinLocked(int frame, long unit) {
    long mask = MAPPED | GATE | (PageWord.has(unit, WRITE_PINS) ? STABLE : 0);
    while (true) {
      long word = load(frame);
      PageWord.require(PageWord.has(word, LOCKED), "page not locked", word);
      if ((word & mask) != MAPPED || PageWord.isFull(word, unit)) {
        return false;
      }
      if (change(frame, word, (word + unit) | REFERENCED)) {
        return true;
      }
    }
  }

  /**
   * Removes a pin of {@code unit}. A page that was written is dirty before the count drops, in the
   * same instruction; whoever waits for the page is woken.
   *
   * @return the word after; if {@link PageWord#isAbandoned} the caller frees the frame
   */
  public long unpin(int frame, long unit) {
    return subtract(frame, unit, PageWord.has(unit, WRITE_PINS) ? DIRTY | DIRTY_ALL : 0);
  }

  /**
   * Removes a short pin of {@code unit}, if nothing but the count changes by it: the page is in its
   * file, nobody waits, and if it was written it is dirty already.
   *
   * @return false to {@link #unpin} it
   */
  public boolean tryUnpinShort(int frame, long unit) {
    boolean writes = unit == ONE_SHORT_WRITE;
    long required = writes ? MAPPED | DIRTY | DIRTY_ALL : MAPPED;
    long[] words = this.words;
    long word = Cells.loadAcquire(words, frame);
    return (word & (required | WAITERS)) == required
        && PageWord.has(word, writes ? SHORT_WRITES : SHORT_READS)
        && Cells.compareAndSet(words, frame, word, word - unit);
  }

  /**
   * Takes back a pin that was added to a page which by then had another place: it was never used,
   * so it dirties nothing; but someone may have begun to wait for it, so it wakes.
   */
  public long undoPin(int frame, long unit) {
    return subtract(frame, unit, 0);
  }

  // References

  /**
   * Adds a reference, if the page is in a file. Its gate does not matter: reads go on (I2).
   *
   * @return false if the page is in no file, or has as many references as it can count (I12): who
   *     can wait does so for {@link PageWord#canReference}, with no lock of the index
   */
  public boolean tryReference(int frame) {
    while (true) {
      long word = load(frame);
      if (!PageWord.has(word, MAPPED) || !PageWord.canReference(word)) {
        return false;
      }
      if (Cells.compareAndSet(words, frame, word, word + ONE_REFERENCE)) {
        return true;
      }
    }
  }

  /** Removes a reference; if the result {@link PageWord#isAbandoned} the caller frees the frame. */
  public long dropReference(int frame) {
    return subtract(frame, ONE_REFERENCE, 0);
  }

  private long subtract(int frame, long unit, long flagsIfMapped) {
    while (true) {
      long word = load(frame);
      PageWord.require((word & PageWord.fieldOf(unit)) != 0, "count below zero", word);
      long flags = PageWord.has(word, MAPPED) ? flagsIfMapped : 0;
      long next = ((word - unit) | flags) & ~WAITERS;
      if (change(frame, word, next)) {
        wakeIfWaited(frame, word);
        return next;
      }
    }
  }

  // A page's life

  /**
   * Prepares a free frame for a page: locked by the caller, with one reference, nothing up to date,
   * and invisible until {@link #publish}.
   */
  public void prepare(int frame) {
    long word = load(frame);
    PageWord.require(word == 0, "preparing a frame in use", word);
    LockOrder.acquiring(LockRank.PAGE);
    Cells.storeRelease(words, frame, LOCKED | REFERENCED | ONE_REFERENCE);
    LockOrder.acquired(LockRank.PAGE);
  }

  /** Makes a prepared page, which is in the index by now, one of its file. */
  public void publish(int frame) {
    set(frame, MAPPED);
  }

  /** Makes a frozen or abandoned page's frame free. */
  public void free(int frame) {
    long word = load(frame);
    PageWord.require(!PageWord.has(word, MAPPED | PINS), "freeing a frame in use", word);
    while (!change(frame, word, 0)) {
      word = load(frame);
    }
    wakeIfWaited(frame, word);
  }

  /** Shuts the gate of a page in a file. */
  public void shutGate(int frame) {
    set(frame, GATE);
  }

  /** Opens the gate and wakes those who wait for it. */
  public void openGate(int frame) {
    clear(frame, GATE);
  }

  /**
   * Freezes a page on which nobody has anything but {@code ownReferences}: no pin, no other
   * reference, no lock, no write in flight. Nothing can be added to a frozen page.
   */
  public boolean tryFreeze(int frame, int ownReferences) {
    long word = load(frame);
    if ((word & (MAPPED | WRITEBACK | PINS | REFERENCES | LOCKED))
        != (MAPPED | ownReferences * ONE_REFERENCE)) {
      return false;
    }
    return change(frame, word, word & ~MAPPED);
  }

  /** Freezes a page for reclaim: as {@link #tryFreeze}, clean, synced and not being unmapped. */
  public boolean tryFreezeClean(int frame) {
    return tryFreezeUnless(frame, DIRTY | UNSYNCED | GATE);
  }

  private boolean tryFreezeUnless(int frame, long refused) {
    long word = load(frame);
    long mask = MAPPED | WRITEBACK | PINS | REFERENCES | LOCKED | refused;
    return (word & mask) == MAPPED && change(frame, word, word & ~MAPPED);
  }

  /**
   * Freezes a page that is pinned as it is: nothing can be added, pins can only fall.
   *
   * @return the word before, or 0 if someone else has a reference, or a write is in flight
   */
  public long tryFreezePinned(int frame) {
    while (true) {
      long word = load(frame);
      if ((word & (MAPPED | WRITEBACK | REFERENCES | LOCKED)) != (MAPPED | ONE_REFERENCE)) {
        return 0;
      }
      if (change(frame, word, word & ~MAPPED)) {
        return word;
      }
    }
  }

  /** Makes a frozen page one of the file again, with {@code flags} set. */
  public void unfreeze(int frame, long flags) {
    replace(frame, 0, MAPPED | flags);
  }

  /** Freezes a page that is to move: as {@link #tryFreeze}, and not being unmapped. */
  public boolean tryFreezeToMove(int frame) {
    return tryFreezeUnless(frame, GATE);
  }

  /** Makes a free frame hold the page of a frozen one, and gives it its state. */
  public void move(int frozen, int fresh) {
    long state = DIRTY | DIRTY_ALL | UNSYNCED | REFERENCED | UPTODATE | WRITABLE | GATE;
    boolean moved = change(fresh, 0, (load(frozen) & state) | MAPPED);
    PageWord.require(moved, "moving to a frame in use", load(fresh));
  }

  /**
   * Disconnects a page from its file, pinned as it is; the last user of the frame frees it.
   *
   * @return the word after; if {@link PageWord#isAbandoned} the caller frees the frame
   */
  public long orphan(int frame) {
    while (true) {
      long word = load(frame);
      long keep = word & (COUNTS | LOCKED | FILLING);
      if (change(frame, word, keep | ORPHAN)) {
        wakeIfWaited(frame, word);
        return keep | ORPHAN;
      }
    }
  }

  // Flags

  /** Sets {@code flags}. */
  public void set(int frame, long flags) {
    while (true) {
      long word = load(frame);
      if ((word & flags) == flags || change(frame, word, word | flags)) {
        return;
      }
    }
  }

  /** Clears {@code flags} and wakes those who wait for the word. */
  public void clear(int frame, long flags) {
    replace(frame, flags, 0);
  }

  private void replace(int frame, long cleared, long set) {
    while (true) {
      long word = load(frame);
      if (change(frame, word, (word & ~(cleared | WAITERS)) | set)) {
        wakeIfWaited(frame, word);
        return;
      }
    }
  }

  /**
   * Makes a clean page one that a write pin has to go the slow path for.
   *
   * @return false if it is dirty or has a write pin
   */
  public boolean tryClearWritable(int frame) {
    while (true) {
      long word = load(frame);
      if (PageWord.isDirty(word)) {
        return false;
      }
      if (change(frame, word, word & ~WRITABLE)) {
        return true;
      }
    }
  }

  /** Clears REFERENCED if it is set; says whether it was. */
  public boolean clearReferenced(int frame) {
    long word = load(frame);
    return PageWord.has(word, REFERENCED) && change(frame, word, word & ~REFERENCED);
  }

  // Writeback

  /**
   * Starts an in-place write of a dirty page that no write pin is on: from here to {@link
   * #endWriteback} nobody can write to it.
   *
   * @return the word before, or 0 if a write pin came first
   */
  public long tryStartInPlace(int frame) {
    while (true) {
      long word = load(frame);
      if (PageWord.has(word, WRITE_PINS)) {
        return 0;
      }
      PageWord.require(!PageWord.has(word, WRITEBACK), "two writes of one page", word);
      long next = (word & ~(DIRTY | DIRTY_ALL | WRITABLE)) | WRITEBACK | STABLE;
      if (change(frame, word, next)) {
        return word;
      }
    }
  }

  /**
   * Starts one whatever pins there are, for a policy that ignores them; returns the word before.
   */
  public long startInPlaceUnprotected(int frame) {
    while (true) {
      long word = load(frame);
      long next = (word & ~(DIRTY | DIRTY_ALL | WRITABLE)) | WRITEBACK;
      if (change(frame, word, next)) {
        return word;
      }
    }
  }

  /** Starts a write of a copy; the page stays dirty, since a device may go on writing. */
  public void startCopied(int frame) {
    set(frame, WRITEBACK);
  }

  /** Ends a write, good or failed; {@code also} is set in the same instruction. */
  public void endWriteback(int frame, long also) {
    replace(frame, WRITEBACK | STABLE, also);
  }

  // The page lock

  /**
   * Acquires the page lock; the caller has a reference.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted; the lock is not held
   */
  public boolean lock(int frame, Deadline deadline) throws InterruptedException {
    LockOrder.acquiring(LockRank.PAGE);
    while (true) {
      long word = load(frame);
      if (!PageWord.has(word, LOCKED)) {
        if (change(frame, word, word | LOCKED)) {
          LockOrder.acquired(LockRank.PAGE);
          return true;
        }
      } else if (!await(frame, w -> !PageWord.has(w, LOCKED), deadline)) {
        return false;
      }
    }
  }

  /** Releases the page lock. */
  public void unlock(int frame) {
    LockOrder.released(LockRank.PAGE);
    clear(frame, LOCKED);
  }

  /** Hands the page lock, which the caller has, over to a read of the page. */
  public void startFill(int frame) {
    set(frame, FILLING);
    LockOrder.released(LockRank.PAGE);
  }

  /** Ends a read, good or failed, and releases the page lock; {@code also} is set with that. */
  public void endFill(int frame, long also) {
    PageWord.require(PageWord.has(load(frame), LOCKED), "filled without its lock", load(frame));
    replace(frame, FILLING | LOCKED, also);
  }

  // Waiting

  /**
   * Waits until {@code condition} holds for the word.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted
   */
  public boolean await(int frame, LongPredicate condition, Deadline deadline)
      throws InterruptedException {
    EventCount queue = queues.of(frame);
    while (true) {
      int ticket = queue.ticket();
      long word = load(frame);
      if (condition.test(word)) {
        return true;
      }
      // Only on a word for which the condition is false: never on that of a free frame.
      if (!PageWord.has(word, WAITERS) && !change(frame, word, word | WAITERS)) {
        continue;
      }
      if (!queue.await(ticket, deadline)) {
        return condition.test(load(frame));
      }
    }
  }

  private void wakeIfWaited(int frame, long word) {
    if (PageWord.has(word, WAITERS)) {
      queues.of(frame).signalAll();
    }
  }
}
