package dev.longpin.api;

import java.util.List;

/** A deadline passed. */
public final class DeadlineExceededException extends WaitEndedException {

  private static final long serialVersionUID = 1L;

  /** Makes one; {@code what} names the operation, the range and the wait. */
  public DeadlineExceededException(
      String what, List<HolderInfo> holders, List<ShortPinInfo> shortPins) {
    super(what, holders, shortPins);
  }
}
