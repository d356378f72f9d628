package dev.longpin.api;

import java.util.List;

/**
 * An operation {@linkplain Unmapping#onBehalfOf on behalf of} a holder would wait for pins of that
 * same holder which can't be revoked. Nothing has changed.
 */
public final class SelfDeadlockException extends LongpinException {

  private static final long serialVersionUID = 1L;

  private final transient List<HolderInfo> pins;

  /** Makes one; {@code pins} are the holder's own. */
  public SelfDeadlockException(String what, List<HolderInfo> pins) {
    super(what + " would wait for the holder's own pins; release them first: " + pins, null);
    this.pins = List.copyOf(pins);
  }

  /** Returns the holder's own pins that are in the way. */
  public List<HolderInfo> pins() {
    return pins;
  }
}
