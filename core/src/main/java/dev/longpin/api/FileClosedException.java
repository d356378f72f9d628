package dev.longpin.api;

/**
 * A closed or deleted file, a closed cache, view or pin was used: a mistake of the caller's. A file
 * whose {@linkplain CachedFile#close(java.time.Duration) last close} is under way counts as closed.
 */
public final class FileClosedException extends IllegalStateException {

  private static final long serialVersionUID = 1L;

  /** Makes one. */
  public FileClosedException(String what) {
    super(what);
  }
}
