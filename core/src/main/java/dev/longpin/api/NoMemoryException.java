package dev.longpin.api;

import org.jspecify.annotations.Nullable;

/** The machine has no memory for frames; those that there are stay as they are. */
public final class NoMemoryException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one. */
  public NoMemoryException(String what, @Nullable Throwable cause) {
    super(what, cause);
  }
}
