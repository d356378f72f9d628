package dev.longpin.linux.uring;

/**
 * A file as a ring knows it.
 *
 * @param number the descriptor, or the index among the ring's registered files
 * @param registered which of the two
 */
public record UringFile(int number, boolean registered) {

  /** For operations that need no file. */
  static final UringFile NONE = new UringFile(-1, false);

  byte flags() {
    return registered ? UringAbi.SQE_FIXED_FILE : 0;
  }
}
