package dev.longpin.api;

import java.util.List;

/**
 * A wait ended before what it waited for happened (I5). Truncate, punch, delete, evict, pin and
 * {@code close(deadline)} have changed nothing; read, write and append say how many {@linkplain
 * #bytesDone bytes} were done; of a force nothing counts as forced.
 */
public abstract sealed class WaitEndedException extends LongpinException
    permits DeadlineExceededException, WaitInterruptedException {

  private static final long serialVersionUID = 1L;

  private final transient List<HolderInfo> holders;
  private final transient List<ShortPinInfo> shortPins;

  WaitEndedException(String what, List<HolderInfo> holders, List<ShortPinInfo> shortPins) {
    super(describe(what, holders, shortPins), null);
    this.holders = List.copyOf(holders);
    this.shortPins = List.copyOf(shortPins);
  }

  private static String describe(
      String what, List<HolderInfo> holders, List<ShortPinInfo> shortPins) {
    StringBuilder text = new StringBuilder(what);
    for (HolderInfo holder : holders) {
      text.append("; ").append(holder);
    }
    for (ShortPinInfo pin : shortPins) {
      text.append("; ").append(pin);
    }
    return text.toString();
  }

  /** Returns the long-term pins that were in the way. */
  public List<HolderInfo> holders() {
    return holders;
  }

  /** Returns the pages with short pins that were in the way. */
  public List<ShortPinInfo> shortPins() {
    return shortPins;
  }
}
