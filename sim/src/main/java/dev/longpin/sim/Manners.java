package dev.longpin.sim;

import java.time.Duration;

/**
 * How a device behaves: how fast it goes about its accesses, and how it takes being told to stop.
 *
 * @param pace the mean time from one access to the next
 * @param answerWithin how long accesses may still come after it was told to stop; it answers
 *     <em>quiesced</em> at some time within that
 * @param answers whether it ever does; one that doesn't goes on until it is reset
 */
public record Manners(Duration pace, Duration answerWithin, boolean answers) {

  /** Checks the arguments. */
  public Manners {
    if (pace.isNegative() || answerWithin.isNegative()) {
      throw new IllegalArgumentException("negative time: " + pace + ", " + answerWithin);
    }
  }

  /** Returns one that answers within {@code answerWithin}. */
  public static Manners answering(Duration pace, Duration answerWithin) {
    return new Manners(pace, answerWithin, true);
  }

  /** Returns one that never answers. */
  public static Manners deaf(Duration pace) {
    return new Manners(pace, Duration.ZERO, false);
  }
}
