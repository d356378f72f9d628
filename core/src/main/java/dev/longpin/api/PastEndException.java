package dev.longpin.api;

/** A view was read beyond the end of the file. */
public final class PastEndException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one. */
  public PastEndException(long offset, long sizeBytes) {
    super("offset " + offset + " lies past the end of the file, " + sizeBytes, null);
  }
}
