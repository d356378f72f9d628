package dev.longpin.api;

import java.util.List;

/** The policy refuses to unmap pages that are pinned. Nothing has changed. */
public final class UnmapRefusedException extends LongpinException {

  private static final long serialVersionUID = 1L;

  private final transient List<HolderInfo> holders;

  /** Makes one; {@code holders} are the long-term pins in the way. */
  public UnmapRefusedException(String what, String policy, List<HolderInfo> holders) {
    super(what + " refused by policy " + policy + ": pages are pinned: " + holders, null);
    this.holders = List.copyOf(holders);
  }

  /** Returns the long-term pins that were in the way. */
  public List<HolderInfo> holders() {
    return holders;
  }
}
