package dev.longpin.cli.ledger;

/**
 * How a file is divided into regions, each of which has one writer at a time. They are no multiple
 * of a page, so that some share a page and some span a border.
 *
 * @param regionBytes the length of every region; a multiple of 8
 * @param regionCount how many there are; the file never grows beyond the last
 */
public record Geometry(long regionBytes, int regionCount) {

  private static final long SMALLEST = 10 << 10;
  private static final int MOST_REGIONS = 1 << 15;

  /** Checks the arguments. */
  public Geometry {
    if (regionBytes < Long.BYTES || regionBytes % Long.BYTES != 0 || regionCount < 1) {
      throw new IllegalArgumentException(regionCount + " regions of " + regionBytes);
    }
  }

  /**
   * Returns regions of 5/32 of a page, of 10 KiB at least, and of so much that there are not too
   * many of them, for a file of up to {@code maxBytes}.
   */
  public static Geometry of(int pageSize, long maxBytes) {
    long regionBytes = Math.max(SMALLEST, 5L * pageSize / 32);
    while (maxBytes / regionBytes >= MOST_REGIONS) {
      regionBytes *= 2;
    }
    return new Geometry(regionBytes, (int) Math.max(1, maxBytes / regionBytes));
  }

  /** Returns the region that a byte lies in. */
  public int regionOf(long offset) {
    return Math.toIntExact(offset / regionBytes);
  }

  /** Returns the first byte of a region. */
  public long start(int region) {
    return region * regionBytes;
  }

  /** Returns the end of a region. */
  public long end(int region) {
    return start(region) + regionBytes;
  }

  /** Returns the largest size that the file can have. */
  public long maxBytes() {
    return end(regionCount - 1);
  }
}
