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

  /** How many of each the message names; the lists have all. */
  private static final int NAMED = 8;

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
    name(text, holders);
    name(text, shortPins);
    return text.toString();
  }

  private static void name(StringBuilder text, List<?> some) {
    some.stream().limit(NAMED).forEach(one -> text.append("; ").append(one));
    if (some.size() > NAMED) {
      text.append("; and ").append(some.size() - NAMED).append(" more");
    }
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
