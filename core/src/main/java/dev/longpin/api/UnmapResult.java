package dev.longpin.api;

import java.util.List;

/**
 * What it took to take pages away from devices.
 *
 * @param revoked how many long-term pins were told and let go
 * @param disconnected the long-term pins whose pages were disconnected from the file
 * @param disconnectedShortPins how many short pins were left on disconnected pages
 */
public record UnmapResult(int revoked, List<HolderInfo> disconnected, int disconnectedShortPins) {

  /** Nothing had to be done. */
  public static final UnmapResult NONE = new UnmapResult(0, List.of(), 0);
}
