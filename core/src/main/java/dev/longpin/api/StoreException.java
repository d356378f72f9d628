package dev.longpin.api;

import org.jspecify.annotations.Nullable;

/** The store failed: the disk, the file system, a permission. The pages in memory are as before. */
public class StoreException extends LongpinException {

  private static final long serialVersionUID = 1L;

  /** What failed. */
  public enum Kind {
    /** No room on the disk, or over a quota (ENOSPC, EDQUOT). */
    NO_SPACE,
    /** Reading or writing failed (EIO and others). */
    IO,
    /** Permission is lacking (EACCES, EPERM, EROFS). */
    PERMISSION,
    /** There is no such file. */
    NOT_FOUND,
    /** Not a regular file: a directory, a device, a pipe. */
    NOT_A_FILE,
    /** Another process has the file open in Longpin. */
    LOCKED,
    /** The file system lacks the operation. */
    UNSUPPORTED,
    /** Larger than the file system or the page size allows. */
    TOO_LARGE
  }

  private final Kind kind;

  /**
   * Makes one.
   *
   * @param what the operation, the range and the file, with the errno's name if there is one
   */
  public StoreException(Kind kind, String what, @Nullable Throwable cause) {
    super(what, cause);
    this.kind = kind;
  }

  /** Returns what failed. */
  public Kind kind() {
    return kind;
  }
}
