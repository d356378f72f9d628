package dev.longpin.api;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What the environment refused or failed to do. Each kind is a subclass that says what was asked,
 * where, and what to do; the message is for a person. A caller's mistake is an {@link
 * IllegalArgumentException} or {@link IllegalStateException} instead.
 */
public abstract class LongpinException extends IOException {

  private static final long serialVersionUID = 1L;

  private long bytesDone;

  LongpinException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * Returns how many bytes a read, write or append had done, from the start of its range, before it
   * failed; 0 for every other operation.
   */
  public long bytesDone() {
    return bytesDone;
  }

  /** Sets {@link #bytesDone()}; for the cache. */
  public LongpinException withBytesDone(long bytes) {
    bytesDone = bytes;
    return this;
  }
}
