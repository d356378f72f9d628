package dev.longpin.guest.host;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import java.util.function.BooleanSupplier;

/** Waits for something that is so after one of the signals of an event. */
final class Waiting {

  private Waiting() {}

  /** Waits until something is so; false if the deadline passed first, or an interrupt came. */
  static boolean await(EventCount changed, BooleanSupplier what, Deadline deadline) {
    try {
      while (true) {
        int ticket = changed.ticket();
        if (what.getAsBoolean()) {
          return true;
        }
        if (!changed.await(ticket, deadline)) {
          return what.getAsBoolean();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
