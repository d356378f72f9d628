package dev.longpin.api;

import java.time.Duration;

/**
 * Why a holder is told to let go.
 *
 * @param operation what the file needs its pages for
 * @param offset the start of the range that goes
 * @param lengthBytes its length; up to the end of the file and beyond for a truncate
 * @param remaining how long the caller will wait from now on
 */
public record Revocation(
    UnmapOperation operation, long offset, long lengthBytes, Duration remaining) {

  @Override
  public String toString() {
    boolean open = offset + lengthBytes == Long.MAX_VALUE;
    return operation
        + " of ["
        + offset
        + (open ? " on" : ", " + (offset + lengthBytes))
        + "), within "
        + remaining.toMillis()
        + " ms";
  }
}
