package dev.longpin.api;

/** The pin's pages were disconnected from the file: what was written since is not in it. */
public final class DisconnectedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one for the pin that {@code pin} describes. */
  public DisconnectedException(HolderInfo pin) {
    super("disconnected from the file by an operation that could wait no longer: " + pin, null);
  }
}
