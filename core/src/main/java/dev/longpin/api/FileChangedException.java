package dev.longpin.api;

import java.nio.file.Path;

/**
 * Some other program changed the file underneath; each opener is told once. Pages in the cache and
 * the size are as they were. An eviction makes the cache read the content anew; the new size shows
 * only when every instance of the file was closed and it is opened again.
 */
public final class FileChangedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  private final String how;

  /** Makes one; {@code how} says what gave it away. */
  public FileChangedException(Path file, String how) {
    super(
        "another program changed "
            + file
            + " underneath ("
            + how
            + "); close every instance and open it again",
        null);
    this.how = how;
  }

  /** Returns what gave it away. */
  public String how() {
    return how;
  }
}
