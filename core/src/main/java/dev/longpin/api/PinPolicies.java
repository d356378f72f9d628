package dev.longpin.api;

/** The policies that are built in. */
public enum PinPolicies implements PinPolicy {

  /** Unmapping waits for the pins, to the deadline: the 2018 conclusion (narrow flag, wait). */
  WAIT(OnUnmap.WAIT),

  /** Holders that opted in are told first, all at once; then as {@link #WAIT}. The default. */
  REVOKE(OnUnmap.REVOKE);

  private final OnUnmap onUnmap;

  PinPolicies(OnUnmap onUnmap) {
    this.onUnmap = onUnmap;
  }

  @Override
  public boolean mayPinLongterm(CachedFile file, long offset, long lengthBytes, Access access) {
    return true;
  }

  @Override
  public OnUnmap onUnmap(PagePins pins, UnmapOperation operation) {
    return onUnmap;
  }

  @Override
  public OnClean onClean(PagePins pins, boolean forced) {
    if (pins.writes() == 0) {
      return OnClean.IN_PLACE;
    }
    return forced || pins.longWrites() == 0 ? OnClean.COPY : OnClean.SKIP;
  }

  @Override
  public boolean mayDropBlockState(PagePins pins) {
    return false;
  }

  @Override
  public boolean mayReclaim(PagePins pins) {
    return false;
  }
}
