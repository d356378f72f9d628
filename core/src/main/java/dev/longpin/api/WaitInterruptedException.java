package dev.longpin.api;

import java.util.List;

/** The waiting thread was interrupted; its interrupt status is set again. */
public final class WaitInterruptedException extends WaitEndedException {

  private static final long serialVersionUID = 1L;

  /** Makes one; {@code what} names the operation, the range and the wait. */
  public WaitInterruptedException(
      String what, List<HolderInfo> holders, List<ShortPinInfo> shortPins) {
    super(what, holders, shortPins);
  }
}
