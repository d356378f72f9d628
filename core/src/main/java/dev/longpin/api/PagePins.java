package dev.longpin.api;

/**
 * The pins on one page at one moment.
 *
 * @param shortReads short pins that read
 * @param shortWrites short pins that write
 * @param longReads long-term pins that read
 * @param longWrites long-term pins that write
 */
public record PagePins(int shortReads, int shortWrites, int longReads, int longWrites) {

  /** Returns how many there are. */
  public int count() {
    return shortReads + shortWrites + longReads + longWrites;
  }

  /** Returns how many are long-term. */
  public int longterm() {
    return longReads + longWrites;
  }

  /** Returns how many write. */
  public int writes() {
    return shortWrites + longWrites;
  }
}
