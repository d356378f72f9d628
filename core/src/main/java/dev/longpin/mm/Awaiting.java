package dev.longpin.mm;

import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import java.util.List;

/** Waits for what is no page's: what ends them names no holder (I5). */
public final class Awaiting {

  private Awaiting() {}

  /**
   * Waits.
   *
   * @param what waits, for the message
   * @return false if the deadline passed first
   */
  public static boolean await(String what, Operation.Wait wait, Deadline deadline)
      throws WaitInterruptedException {
    try {
      return wait.await(deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException(what + " was interrupted", List.of(), List.of());
    }
  }

  /** Waits, and throws also when the deadline passes first. */
  public static void awaitInTime(String what, Operation.Wait wait, Deadline deadline)
      throws WaitInterruptedException, DeadlineExceededException {
    if (!await(what, wait, deadline)) {
      throw new DeadlineExceededException(what + " met its deadline", List.of(), List.of());
    }
  }
}
