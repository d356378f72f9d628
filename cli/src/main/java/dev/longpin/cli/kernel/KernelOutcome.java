package dev.longpin.cli.kernel;

/**
 * What the kernel did with one kind of file.
 *
 * @param status {@code OK} if it took the pin; else the name of its error, or why it was not tried
 * @param lostWrites how many writes were complete, forced, and not in the file
 */
public record KernelOutcome(String status, long lostWrites) {

  /** Returns whether the kernel took the pin. */
  public boolean tookPin() {
    return status.equals("OK");
  }
}
