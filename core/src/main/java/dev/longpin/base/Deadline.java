package dev.longpin.base;

import java.time.Duration;

/** A point in time on the seam's clock at which the caller stops waiting. Immutable. */
public final class Deadline {

  private static final Duration FOREVER = Duration.ofDays(36_500);

  private final long startNanos;
  private final long lengthNanos;

  private Deadline(long startNanos, long lengthNanos) {
    this.startNanos = startNanos;
    this.lengthNanos = lengthNanos;
  }

  /**
   * Returns the deadline that lies {@code wait} ahead; zero or less has passed already.
   *
   * @throws NullPointerException if {@code wait} is null
   */
  public static Deadline after(Duration wait) {
    if (wait.isNegative()) {
      return new Deadline(Seam.nanoTime(), 0);
    }
    long nanos = wait.compareTo(FOREVER) > 0 ? FOREVER.toNanos() : wait.toNanos();
    return new Deadline(Seam.nanoTime(), nanos);
  }

  /** Returns a deadline that lies {@code wait} ahead, or this one if it comes first. */
  public Deadline atMost(Duration wait) {
    Deadline earlier = after(wait);
    return earlier.remainingNanos() < remainingNanos() ? earlier : this;
  }

  /** Returns what is left in nanoseconds, never below zero. */
  public long remainingNanos() {
    return Math.max(0, lengthNanos - (Seam.nanoTime() - startNanos));
  }

  /** Returns whether the deadline has passed. */
  public boolean passed() {
    return remainingNanos() == 0;
  }

  /** Returns the time from the start of the wait until now. */
  public Duration elapsed() {
    return Duration.ofNanos(Seam.nanoTime() - startNanos);
  }

  /** Returns how long the wait may be in all. */
  public Duration length() {
    return Duration.ofNanos(lengthNanos);
  }

  long atNanos() {
    return startNanos + lengthNanos;
  }
}
