package dev.longpin.api;

/** What a device does with pinned memory. */
public enum Access {
  /** The device reads the memory (a send, a write to a disk). */
  READ,
  /** The device may write any part of the memory; what it leaves alone keeps its contents. */
  WRITE,
  /**
   * The device writes all of the memory before the pin ends, so nothing is read from the file
   * first. What it fails to write reads as zeros.
   */
  OVERWRITE;

  /** Returns whether the device writes. */
  public boolean writes() {
    return this != READ;
  }
}
