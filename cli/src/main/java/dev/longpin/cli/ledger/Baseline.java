package dev.longpin.cli.ledger;

/** What the file held before anyone wrote. */
@FunctionalInterface
public interface Baseline {

  /** A file that was stamped with sequence 0 throughout: the stamps themselves tell. */
  Baseline STAMPED = (offset, word) -> false;

  /** Nobody knows any more: anything will do. */
  Baseline UNKNOWN = (offset, word) -> true;

  /**
   * Returns whether the word at {@code offset} was this one. What of a word lay past the end of the
   * file counts as zeros.
   */
  boolean isAt(long offset, long word);
}
