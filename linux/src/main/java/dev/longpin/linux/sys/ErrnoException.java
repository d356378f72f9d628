package dev.longpin.linux.sys;

import java.io.IOException;

/** A call failed with an error number. */
public final class ErrnoException extends IOException {

  private static final long serialVersionUID = 1;

  private final String errnoName;

  /** Makes one for a call that returned {@code result}, a negated error number. */
  public ErrnoException(String call, long result) {
    super(call + ": " + Errno.describe(result));
    errnoName = Errno.name(result);
  }

  /** Returns the name of the error, such as "EPERM". */
  public String errnoName() {
    return errnoName;
  }
}
