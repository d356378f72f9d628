package dev.longpin.linux.send;

/**
 * What came of a send.
 *
 * @param end how it ended
 * @param sentBytes how many bytes of the file the connection took, in order from the first
 */
public record SendResult(End end, long sentBytes) {

  /** How a send ended. */
  public enum End {
    /** The connection has all, and the kernel no longer has the pages: the pin has ended. */
    SENT,
    /**
     * The connection was reset, by us, by the other side or because the pages were wanted back; the
     * kernel no longer has the pages: the pin has ended.
     */
    RESET,
    /**
     * The wait ended first. The connection is being reset, and the pin ends when the kernel says
     * that it no longer has the pages.
     */
    TIMED_OUT
  }
}
