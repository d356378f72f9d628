package dev.longpin.guest.host;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Seam;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Lets so many messages a second through, and a tenth of them at once. For one thread. (A token
 * bucket.)
 */
final class Pace {

  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final long nanosEach;
  private final long burstNanos;

  /** When the messages so far would have come at an even pace. */
  private long paidUntilNanos;

  Pace(int perSecond) {
    this.nanosEach = SECOND / perSecond;
    this.burstNanos = Math.max(nanosEach, SECOND / 10);
    this.paidUntilNanos = Seam.nanoTime() - burstNanos;
  }

  /** Takes a message, and waits until that is fair, or {@code enough}, as {@code event} tells. */
  void take(EventCount event, BooleanSupplier enough) throws InterruptedException {
    long now = Seam.nanoTime();
    if (paidUntilNanos - now < -burstNanos) {
      paidUntilNanos = now - burstNanos;
    }
    paidUntilNanos += nanosEach;
    Deadline fair = Deadline.after(Duration.ofNanos(paidUntilNanos - now));
    while (!fair.passed()) {
      int ticket = event.ticket();
      if (enough.getAsBoolean()) {
        return;
      }
      boolean _ = event.await(ticket, fair);
    }
  }
}
