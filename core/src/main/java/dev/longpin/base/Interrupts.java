package dev.longpin.base;

/** The interrupt status of the calling thread, for calls that have to outlive an interrupt. */
public final class Interrupts {

  private Interrupts() {}

  /** Clears the status and returns what it was. */
  public static boolean take() {
    return Thread.interrupted();
  }

  /** Sets the status again if {@code interrupted}. */
  public static void restore(boolean interrupted) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
