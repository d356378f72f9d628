package dev.longpin.api;

import java.util.List;

/**
 * What came of {@link PageCache#resize}.
 *
 * @param capacityBytes the memory that there is now, in whole blocks
 * @param requestedBytes what was asked for, likewise: less than there is if pages were in the way
 * @param holders the long-term pins that were in the way
 * @param othersInTheWay how many pages could not be moved before the deadline for another reason: a
 *     short pin, an I/O, a device that was asked to forget them and did not, or no room and dirty
 */
public record ResizeResult(
    long capacityBytes, long requestedBytes, List<HolderInfo> holders, int othersInTheWay) {

  /** Returns whether the cache has the size that was asked for. */
  public boolean isComplete() {
    return capacityBytes == requestedBytes;
  }
}
