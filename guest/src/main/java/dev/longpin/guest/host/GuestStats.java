package dev.longpin.guest.host;

import dev.longpin.guest.wire.CutOffReason;
import java.util.List;
import java.util.Map;

/**
 * What happened so far.
 *
 * @param welcomed how many guests got memory
 * @param notices how often one was told to let go
 * @param ended how many connections ended, for each reason; those guests that left by themselves
 *     are {@link CutOffReason#GONE}
 * @param errors the latest failures of the host's own
 */
public record GuestStats(
    long welcomed, long notices, Map<CutOffReason, Long> ended, List<String> errors) {

  /** Keeps copies. */
  public GuestStats {
    ended = Map.copyOf(ended);
    errors = List.copyOf(errors);
  }

  /** Returns how many ended for a reason. */
  public long ended(CutOffReason reason) {
    return ended.getOrDefault(reason, 0L);
  }
}
