package dev.longpin.bench;

/** The random places that the benchmarks of the pin go to: cheap, and the same for all of them. */
final class RandomOffsets {

  /** Where every sequence starts; any number but 0. */
  static final long SEED = 0x9E37_79B9_7F4A_7C15L;

  private RandomOffsets() {}

  /** Returns the number after {@code random} (Marsaglia's xorshift). */
  static long next(long random) {
    long next = random;
    next ^= next << 13;
    next ^= next >>> 7;
    next ^= next << 17;
    return next;
  }

  /** Returns an offset in bytes, a multiple of 8, below {@code sizeBytes}, a power of two. */
  static long offset(long random, long sizeBytes) {
    return random & sizeBytes - Long.BYTES;
  }
}
