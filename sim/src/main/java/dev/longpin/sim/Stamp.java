package dev.longpin.sim;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * What devices write: words of eight bytes, each of which says where in the file it belongs and
 * which write it is of, so that a word that turns up where or when it should not gives itself away.
 * A word is written and read whole; it is never zero.
 *
 * <pre>
 *  63              34 33           14 13        0
 * +------------------+---------------+-----------+
 * |      place       |   sequence    |   check   |
 * +------------------+---------------+-----------+
 * </pre>
 *
 * <p>The place is the offset in words, modulo {@code 2^30}: offsets that are multiples of 8 GiB
 * apart look alike. The check is a hash of the others and of the seed, so that what an earlier run
 * left behind is no stamp.
 *
 * @param seed tells the stamps of one run from those of another
 */
public record Stamp(long seed) {

  /** The largest sequence. */
  public static final long MAX_SEQUENCE = (1L << 20) - 1;

  /** What {@link #sequenceAt} returns for a word that is no stamp of that offset. */
  public static final long NONE = -1;

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int SEQUENCE_SHIFT = 14;
  private static final int PLACE_SHIFT = 34;
  private static final long CHECK_MASK = (1L << SEQUENCE_SHIFT) - 1;
  private static final long PLACE_MASK = (1L << (Long.SIZE - PLACE_SHIFT)) - 1;

  /** Returns the word at {@code offset} of the file of write {@code sequence}. */
  public long word(long offset, long sequence) {
    long place = (offset / Long.BYTES) & PLACE_MASK;
    return (place << PLACE_SHIFT) | (sequence << SEQUENCE_SHIFT) | check(place, sequence);
  }

  /** Returns the sequence of a word found at {@code offset}, or {@link #NONE}. */
  public long sequenceAt(long offset, long word) {
    long sequence = sequence(word);
    return word(offset, sequence) == word ? sequence : NONE;
  }

  /** Returns whether a word found at {@code offset} is a stamp that belongs to another offset. */
  public boolean isForeignAt(long offset, long word) {
    long place = word >>> PLACE_SHIFT;
    return place != ((offset / Long.BYTES) & PLACE_MASK)
        && check(place, sequence(word)) == (word & CHECK_MASK);
  }

  /** Writes the words of one write over all of {@code memory}, which lies at {@code offset}. */
  public void fill(MemorySegment memory, long offset, long sequence) {
    for (long at = 0; at < memory.byteSize(); at += Long.BYTES) {
      memory.set(WORD, at, word(offset + at, sequence));
    }
  }

  /** Returns the word at {@code position} of {@code memory}, as it lies in a file. */
  public static long wordOf(MemorySegment memory, long position) {
    return memory.get(WORD, position);
  }

  private static long sequence(long word) {
    return (word >>> SEQUENCE_SHIFT) & MAX_SEQUENCE;
  }

  private long check(long place, long sequence) {
    long hash = (seed ^ place) * 0x9E3779B97F4A7C15L;
    hash = (hash ^ (hash >>> 32) ^ sequence) * 0xD6E8FEB86659FD93L;
    return Math.max(1, hash >>> (Long.SIZE - SEQUENCE_SHIFT));
  }
}
