package dev.longpin.api;

/** How a file is opened. */
public enum OpenMode {
  /** For reading; the file must exist. */
  READ,
  /** For reading and writing; the file must exist. */
  WRITE,
  /** For reading and writing; the file is made if it does not exist. */
  CREATE;

  /** Returns whether writing is allowed. */
  public boolean writes() {
    return this != READ;
  }
}
