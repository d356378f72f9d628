package dev.longpin.api;

/** The file's {@link WritebackGate} refused a force; nothing counts as forced. */
public final class GateClosedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one for the page that was refused. */
  public GateClosedException(long pageIndex) {
    super("the writeback gate refused page " + pageIndex + "; make the log durable first", null);
  }
}
