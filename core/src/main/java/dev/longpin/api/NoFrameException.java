package dev.longpin.api;

/** No frame could be had for a page: pinned and dirty pages fill the cache. */
public final class NoFrameException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one; {@code usage} says what fills the cache. */
  public NoFrameException(String usage) {
    super("no frame for a page; end pins, force, or make the cache larger: " + usage, null);
  }
}
