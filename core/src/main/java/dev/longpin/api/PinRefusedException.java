package dev.longpin.api;

import org.jspecify.annotations.Nullable;

/** A pin was refused: nothing is pinned. The {@linkplain #reason reason} says why (I6). */
public final class PinRefusedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Why a pin is refused. */
  public enum Reason {
    /** The limit on long-term pins, of the cache or of the holder, or a page's own count (I12). */
    LIMIT("end other pins or raise the limit"),
    /** The policy allows no such pin. */
    POLICY("use a device that needs no long-term pin, or another policy"),
    /** The file's pages are the storage itself, and the policy allows no long-term pin of them. */
    DAX("use a short pin, or another policy"),
    /** The range ends beyond the end of the file. */
    PAST_END("extend the file first"),
    /** The range is being truncated, punched, deleted or evicted. */
    TRUNCATING("try again when that operation has ended"),
    /** A pin that writes, or on DAX one of a hole, on a file that was opened for reading. */
    READ_ONLY("open the file for writing"),
    /**
     * The pages have to lie in memory that is lent to the holder, and others have them pinned
     * elsewhere; or they lie in memory that is lent to another.
     */
    ELSEWHERE("wait until the other's pins have ended"),
    /** The disk has no room for a hole in the range (I7). */
    NO_SPACE("free disk space"),
    /** No frame could be had: pinned and dirty pages fill the cache. */
    NO_FRAME("end pins, force, or make the cache larger");

    private final String advice;

    Reason(String advice) {
      this.advice = advice;
    }
  }

  private final Reason reason;

  /** Makes one; {@code what} names the operation and the range. */
  public PinRefusedException(Reason reason, String what, @Nullable Throwable cause) {
    super(what + " refused: " + reason + "; " + reason.advice, cause);
    this.reason = reason;
  }

  /** Returns why. */
  public Reason reason() {
    return reason;
  }
}
