package dev.longpin.api;

import java.nio.file.Path;

/**
 * Some other program changed the file underneath. Pages in the cache are as they were; evict or
 * reopen the file to see the change.
 */
public final class FileChangedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** Makes one; {@code how} says what gave it away. */
  public FileChangedException(Path file, String how) {
    super(
        "another program changed " + file + " underneath (" + how + "); evict it or open it again",
        null);
  }
}
