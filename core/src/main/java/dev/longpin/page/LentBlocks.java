package dev.longpin.page;

/** Memory blocks in a row that a holder has as well: another one each time that they are lent. */
public final class LentBlocks {

  private final int first;
  private final int end;
  private final int descriptor;

  LentBlocks(int first, int end, int descriptor) {
    this.first = first;
    this.end = end;
    this.descriptor = descriptor;
  }

  /** Returns the number of the first. */
  public int first() {
    return first;
  }

  /** Returns the number of the one after the last. */
  public int end() {
    return end;
  }

  /** Returns the descriptor of the file that is the memory, or -1. */
  public int descriptor() {
    return descriptor;
  }
}
