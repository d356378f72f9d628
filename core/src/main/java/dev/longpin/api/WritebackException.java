package dev.longpin.api;

/**
 * Writing pages back failed, in the background or in a force, since this opener last looked. What
 * was not synced is dirty again; every opener sees the error once.
 */
public final class WritebackException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one; the cause is the store's first error. */
  public WritebackException(String what, Throwable cause) {
    super(what + ": " + cause.getMessage(), cause);
  }
}
