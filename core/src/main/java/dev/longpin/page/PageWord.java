package dev.longpin.page;

import dev.longpin.api.Access;
import dev.longpin.api.PagePins;
import dev.longpin.base.Checks;

/**
 * The layout of a page word, as pure functions. Only {@link PageWords} changes words.
 *
 * <pre>
 *  63      55 54          44 43        34 33          22 21    14 13           0
 * +----------+--------------+------------+--------------+--------+--------------+
 * | longWrite|   longRead   | shortWrite |  shortRead   |  refs  |    flags     |
 * |    9     |      11      |     10     |      12      |   8    |      14      |
 * +----------+--------------+------------+--------------+--------+--------------+
 * </pre>
 *
 * <p><b>refs</b> are held by the CPU and by I/O: a copy to or from user memory, a fill, a
 * writeback, an unmapper. Each is short. The cache's own reference is {@link #MAPPED}, so a page is
 * DMA-idle for an unmapper when no pin is left and {@code refs} is 1, its own.
 *
 * <p><b>Where it lives.</b> One word a frame, not in the index slot: a page that was disconnected
 * from its file keeps its pins where their holders look for them, and so does one that moves; in
 * the slot either would need a second home for its counts. The price is a second cache line and a
 * second look at the slot: 8 ns against 7 for a pin and unpin of a random page of 8 MiB resident,
 * 24 against 14 of 512 MiB; with the data read, the difference is less than the machine's noise
 * (medians of {@code PageWordPlacementBenchmark}). The version by which a lock-free reader detects
 * that a page was replaced lives in the {@linkplain Slot slot}, which has the room.
 */
public final class PageWord {

  /** The page belongs to a file. Clear: the frame is free, frozen, or {@link #ORPHAN}. */
  public static final long MAPPED = 1L;

  /** An unmapper shut the gate: pins and fills are refused, so pins can only fall. */
  public static final long GATE = 1L << 1;

  /** Memory is newer than the store. */
  public static final long DIRTY = 1L << 2;

  /** Every block with space on disk counts as dirty: a device wrote, who knows where. */
  public static final long DIRTY_ALL = 1L << 3;

  /** A write of the page is in flight. One at most. */
  public static final long WRITEBACK = 1L << 4;

  /** The frame itself is being written: CPU writes and write pins wait (I4). */
  public static final long STABLE = 1L << 5;

  /** Written since the last good fdatasync: must not be dropped (I3). */
  public static final long UNSYNCED = 1L << 6;

  /** Used since the clock hand passed. */
  public static final long REFERENCED = 1L << 7;

  /** Someone waits for a change of this word. */
  public static final long WAITERS = 1L << 8;

  /** The page lock: fills, CPU writes, and changes of the block state. */
  public static final long LOCKED = 1L << 9;

  /** Every block is up to date. */
  public static final long UPTODATE = 1L << 10;

  /** Tagged dirty in the index, and every block has its space: a write pin needs no slow path. */
  public static final long WRITABLE = 1L << 11;

  /** Disconnected: pins are left, but the page is of no file; its last user frees the frame. */
  public static final long ORPHAN = 1L << 12;

  /** A read of the page is in flight, which has the page lock and gives it back. */
  public static final long FILLING = 1L << 13;

  static final int FLAG_BITS = 14;
  static final long FLAGS = (1L << FLAG_BITS) - 1;

  /** One reference; the unit of its field. */
  public static final long ONE_REFERENCE = 1L << 14;

  /** One short pin that reads. */
  public static final long ONE_SHORT_READ = 1L << 22;

  /** One short pin that writes. */
  public static final long ONE_SHORT_WRITE = 1L << 34;

  /** One long-term pin that reads. */
  public static final long ONE_LONG_READ = 1L << 44;

  /** One long-term pin that writes. */
  public static final long ONE_LONG_WRITE = 1L << 55;

  static final long REFERENCES = field(14, 8);
  static final long SHORT_READS = field(22, 12);
  static final long SHORT_WRITES = field(34, 10);
  static final long LONG_READS = field(44, 11);
  static final long LONG_WRITES = field(55, 9);

  /** The topmost bit of the count: set when half of it is used up. */
  static final long HALF_SHORT_READS = 1L << 33;

  /** The topmost bit of the count. */
  static final long HALF_SHORT_WRITES = 1L << 43;

  /** Every short pin. */
  public static final long SHORT_PINS = SHORT_READS | SHORT_WRITES;

  /** Every long-term pin. */
  public static final long LONG_PINS = LONG_READS | LONG_WRITES;

  /** Every pin that writes. */
  public static final long WRITE_PINS = SHORT_WRITES | LONG_WRITES;

  /** Every pin. */
  public static final long PINS = SHORT_PINS | LONG_PINS;

  /** Every count. */
  public static final long COUNTS = PINS | REFERENCES;

  private PageWord() {}

  private static long field(int shift, int bits) {
    return ((1L << bits) - 1) << shift;
  }

  /** Returns whether any of {@code mask} is set. */
  public static boolean has(long word, long mask) {
    return (word & mask) != 0;
  }

  /** Returns the unit in which pins of this kind are counted. */
  public static long unit(Access access, boolean longterm) {
    if (longterm) {
      return access.writes() ? ONE_LONG_WRITE : ONE_LONG_READ;
    }
    return access.writes() ? ONE_SHORT_WRITE : ONE_SHORT_READ;
  }

  /** Returns the field that {@code unit} counts in. */
  static long fieldOf(long unit) {
    if (unit == ONE_SHORT_READ) {
      return SHORT_READS;
    } else if (unit == ONE_SHORT_WRITE) {
      return SHORT_WRITES;
    } else if (unit == ONE_LONG_READ) {
      return LONG_READS;
    } else if (unit == ONE_LONG_WRITE) {
      return LONG_WRITES;
    } else if (unit == ONE_REFERENCE) {
      return REFERENCES;
    }
    throw new IllegalArgumentException("no such unit: " + Long.toHexString(unit));
  }

  /** Returns whether the field of {@code unit} can't count one more (I12). */
  public static boolean isFull(long word, long unit) {
    long field = fieldOf(unit);
    return (word & field) == field;
  }

  /** Returns whether the page can count one more reference. */
  public static boolean canReference(long word) {
    return !isFull(word, ONE_REFERENCE);
  }

  /** Returns the number of references. */
  public static int references(long word) {
    return (int) ((word & REFERENCES) >>> 14);
  }

  /** Returns the number of short pins. */
  public static int shortPins(long word) {
    return (int) ((word & SHORT_READS) >>> 22) + (int) ((word & SHORT_WRITES) >>> 34);
  }

  /** Returns the pins. */
  public static PagePins pins(long word) {
    return new PagePins(
        (int) ((word & SHORT_READS) >>> 22),
        (int) ((word & SHORT_WRITES) >>> 34),
        (int) ((word & LONG_READS) >>> 44),
        (int) (word >>> 55));
  }

  /** Returns whether memory is newer than the store, or a device may make it so at any time. */
  public static boolean isDirty(long word) {
    return (word & (DIRTY | WRITE_PINS)) != 0;
  }

  /** Returns whether the page could move to another frame: it is in a file, and nobody has it. */
  public static boolean canMove(long word) {
    return (word & (MAPPED | WRITEBACK | PINS | REFERENCES | LOCKED | GATE)) == MAPPED;
  }

  /** Returns whether the page counts for dirty throttling: dirty, and not pinned long-term (I8). */
  public static boolean countsAsDirty(long word) {
    return (word & (DIRTY | MAPPED)) == (DIRTY | MAPPED) && (word & LONG_WRITES) == 0;
  }

  /** Returns whether {@code word} is of a disconnected page whose last user has just gone. */
  static boolean isAbandoned(long word) {
    return has(word, ORPHAN) && !has(word, COUNTS);
  }

  /**
   * Returns whether {@code word} is of a frame that is no page of an open file, nor about to leave
   * one: free, or {@link #ORPHAN}.
   */
  public static boolean isUnused(long word) {
    return !has(word, MAPPED) && (has(word, ORPHAN) || !has(word, REFERENCES));
  }

  /** Checks an invariant of a word, which is written out only if it does not hold. */
  static void require(boolean holds, String what, long word) {
    if (!holds) {
      Checks.invariant(false, what + ": " + describe(word));
    }
  }

  /** Decodes a word for messages. */
  public static String describe(long word) {
    StringBuilder text = new StringBuilder();
    String[] names = {
      "MAPPED",
      "GATE",
      "DIRTY",
      "DIRTY_ALL",
      "WRITEBACK",
      "STABLE",
      "UNSYNCED",
      "REFERENCED",
      "WAITERS",
      "LOCKED",
      "UPTODATE",
      "WRITABLE",
      "ORPHAN",
      "FILLING"
    };
    for (int bit = 0; bit < names.length; bit++) {
      if (has(word, 1L << bit)) {
        text.append(text.isEmpty() ? "" : "|").append(names[bit]);
      }
    }
    PagePins pins = pins(word);
    return text.append(text.isEmpty() ? "free" : "")
        .append(" refs=")
        .append(references(word))
        .append(" short=")
        .append(pins.shortReads())
        .append("r+")
        .append(pins.shortWrites())
        .append("w long=")
        .append(pins.longReads())
        .append("r+")
        .append(pins.longWrites())
        .append('w')
        .toString();
  }
}
