package dev.longpin.cli.ledger;

import java.util.List;

/**
 * What was wrong with bytes that were read.
 *
 * @param bad the wrong runs, each of one write at most
 */
public record Findings(List<Bad> bad) {

  /** Nothing was wrong. */
  public static final Findings NONE = new Findings(List.of());

  /** Why a word is wrong. */
  public enum Kind {
    /** Zeros, where nothing was cut since the last completion. */
    MISSING("zeros"),
    /** Older than what was complete before the read, or than a cut. */
    OLD("older data"),
    /** The stamp of another place of the file: a page that was reused too early. */
    FOREIGN("data of another place in the file"),
    /** No stamp at all. */
    UNKNOWN("data that nobody wrote"),
    /** The end of the file is not where it should be. */
    END("the end of the file");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /**
   * A run of bytes of one write with something wrong.
   *
   * @param write the write that is not as it should be, or an earlier one
   * @param offset of the first wrong word
   * @param kind what is wrong with it
   * @param word the word
   * @param expected what should have been there, in words
   * @param foreign whether any word of the run is {@link Kind#FOREIGN}
   */
  public record Bad(
      Guarantee write, long offset, Kind kind, long word, String expected, boolean foreign) {
    @Override
    public String toString() {
      return kind == Kind.END
          ? String.format("%s at offset %,d, where %s was expected", kind.words, offset, expected)
          : String.format(
              "at offset %,d: %s (%016x), where %s was expected",
              offset, kind.words, word, expected);
    }
  }

  /** Returns whether all was right. */
  public boolean isFine() {
    return bad.isEmpty();
  }

  /** Returns whether a word of another place was found. */
  public boolean hasForeign() {
    return bad.stream().anyMatch(Bad::foreign);
  }
}
