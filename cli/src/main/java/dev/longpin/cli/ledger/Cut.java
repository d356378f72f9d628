package dev.longpin.cli.ledger;

/**
 * A truncate or a punch, as an event: it removes the bytes of {@code [from, to)} at some moment
 * after {@code beganAt}.
 *
 * @param to the end; {@link Long#MAX_VALUE} for a truncate
 * @param beganAt a moment before it began
 */
public record Cut(long from, long to, long beganAt) {

  /** What came of it. */
  public enum Outcome {
    /** It returned normally. */
    DONE,
    /** It failed with nothing changed. */
    NOTHING,
    /** Nobody knows. */
    UNKNOWN
  }

  boolean covers(long offset) {
    return from <= offset && offset < to;
  }
}
