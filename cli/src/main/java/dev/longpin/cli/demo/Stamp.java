package dev.longpin.cli.demo;

/**
 * The eight bytes that the demo's writers put everywhere: which region, which write of it, and a
 * check over both and the position, so that a word that is found tells where it comes from. Never
 * zero.
 *
 * <pre>
 *  63          40 39            16 15       0
 * +--------------+----------------+----------+
 * |    region    |    sequence    |  check   |
 * +--------------+----------------+----------+
 * </pre>
 */
final class Stamp {

  /** The largest region or sequence. */
  static final int MAX = (1 << 24) - 1;

  private Stamp() {}

  /** Makes the word at {@code index} of a region's write number {@code sequence}, from 1. */
  static long of(int region, int sequence, int index) {
    return (long) region << 40 | (long) sequence << 16 | check(region, sequence, index);
  }

  private static long check(int region, int sequence, int index) {
    long mixed = (region * 0x9E3779B97F4A7C15L + sequence) * 0xC2B2AE3D27D4EB4FL + index;
    mixed *= 0x165667B19E3779F9L;
    return mixed >>> 48;
  }

  /**
   * Returns the sequence of a word, if it is one that this region has at {@code index}; else -1.
   */
  static int sequence(long word, int region, int index) {
    int sequence = (int) (word >>> 16) & MAX;
    return sequence > 0 && of(region, sequence, index) == word ? sequence : -1;
  }

  /** Returns whether the word is that of some other region: it was never written here. */
  static boolean isForeign(long word, int region, int index, int wordsPerRegion) {
    int other = (int) (word >>> 40);
    if (word == 0 || other == region) {
      return false;
    }
    int sequence = (int) (word >>> 16) & MAX;
    for (int i = 0; i < wordsPerRegion; i++) {
      if (sequence > 0 && of(other, sequence, i) == word) {
        return true;
      }
    }
    return false;
  }
}
