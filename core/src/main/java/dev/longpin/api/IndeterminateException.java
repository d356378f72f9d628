package dev.longpin.api;

/**
 * The store's own cut failed half-way: size and content are what the store has now, and the range
 * was dropped from the cache to be read again.
 */
public final class IndeterminateException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one; the cause is the store's error. */
  public IndeterminateException(String what, Throwable cause) {
    super(what + " failed half-way in the store: " + cause.getMessage(), cause);
  }
}
