package dev.longpin.cli.ledger;

/**
 * What is known of a run of bytes of one region that share their history. Immutable.
 *
 * <p>Sequences of a region only grow, and each has one writer. So what may be found is a stamp of a
 * sequence from a lower bound up to the last that was given out, or zeros, or both: two facts
 * instead of a history.
 *
 * @param from the first byte
 * @param to the end
 * @param completed the last sequence that was reported complete; 0 is the baseline
 * @param gone whether a cut removed that sequence for certain: only a later one may be found
 * @param mayBeZero whether a cut may have left zeros after the last completion
 * @param writtenAt when the last completion was certain
 * @param cutAt when the last cut had ended
 * @param logged whether the force log has the last completion
 */
record Extent(
    long from,
    long to,
    long completed,
    boolean gone,
    boolean mayBeZero,
    long writtenAt,
    long cutAt,
    boolean logged) {

  /** Bytes that the file has from the start. */
  static Extent baseline(long from, long to) {
    return new Extent(from, to, 0, false, false, 0, 0, true);
  }

  /** Bytes beyond the end of the file: zeros once it is extended. */
  static Extent absent(long from, long to) {
    return new Extent(from, to, 0, true, true, 0, 0, true);
  }

  /**
   * A write was reported complete. It hides all that came before, but for a cut that had not ended
   * when it began.
   *
   * @param beganAt at or before the moment from which the bytes were as written
   * @param endedAt at or after the last moment at which they became so
   */
  Extent complete(long sequence, long beganAt, long endedAt) {
    return sequence <= completed
        ? this
        : new Extent(from, to, sequence, false, cutAt > beganAt, endedAt, cutAt, false);
  }

  /**
   * A cut ended. It removed what was there when it began; a write that was reported complete
   * meanwhile may have come before or after it.
   *
   * @param certain whether it is known to have happened
   */
  Extent cut(long beganAt, long endedAt, boolean certain) {
    boolean removed = gone || (certain && writtenAt < beganAt);
    return new Extent(
        from, to, completed, removed, true, writtenAt, Math.max(cutAt, endedAt), logged);
  }

  /** The force log has the last completion. */
  Extent asLogged() {
    return new Extent(from, to, completed, gone, mayBeZero, writtenAt, cutAt, true);
  }

  /** Returns the smallest sequence that may be found. */
  long lowest() {
    return gone ? completed + 1 : completed;
  }

  /** Returns whether the last completion must be found, or a later one. */
  boolean isCertain() {
    return completed > 0 && !gone && !mayBeZero;
  }

  /** Returns the same for other bytes. */
  Extent over(long start, long end) {
    return new Extent(start, end, completed, gone, mayBeZero, writtenAt, cutAt, logged);
  }

  boolean hasHistoryOf(Extent other) {
    return equals(other.over(from, to));
  }

  /** Returns what must be here, in words. */
  String describe() {
    String zeros = mayBeZero ? ", or zeros" : "";
    return lowest() == 0
        ? "what the file held at first" + zeros
        : "write " + lowest() + " or later" + zeros;
  }
}
