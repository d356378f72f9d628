package dev.longpin.api;

import java.util.List;

/**
 * Unmapping is refused, at once: the policy refuses where pages are pinned, and pages that are the
 * storage itself (DAX) can't be disconnected, pinned or not. Nothing has changed.
 */
public final class UnmapRefusedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  private final transient List<HolderInfo> holders;

  /** Makes one; {@code holders} are the long-term pins in the way. */
  public UnmapRefusedException(String what, String policy, List<HolderInfo> holders) {
    super(what + " refused by policy " + policy + ": pages are pinned: " + holders, null);
    this.holders = List.copyOf(holders);
  }

  private UnmapRefusedException(String what) {
    super(what, null);
    this.holders = List.of();
  }

  /** Makes one for a disconnection where there is no memory that could be left to a device. */
  public static UnmapRefusedException disconnectOfDax(String what) {
    return new UnmapRefusedException(
        what
            + " or disconnect refused: on DAX the pages are the storage, and can't be left to a"
            + " device; let it fail at its deadline instead");
  }

  /** Returns the long-term pins that were in the way. */
  public List<HolderInfo> holders() {
    return holders;
  }
}
