package dev.longpin.cli.kernel;

import dev.longpin.linux.probe.KernelPin;
import java.io.IOException;

/**
 * What the kernel did with one kind of file.
 *
 * @param answer to the request for a long-term pin
 * @param status {@code OK} if it took the pin; the name of the error for which it refused; or
 *     {@code NOT_TRIED} and what stood in the way
 * @param writes how many writes were complete and forced
 * @param lostWrites how many of them began after the last cut had ended, and are not in the file
 */
public record KernelOutcome(Answer answer, String status, long writes, long lostWrites) {

  /** What the kernel answered. */
  public enum Answer {
    TAKEN,
    REFUSED,
    /** It was not asked. */
    NONE
  }

  static KernelOutcome taken(long writes, long lostWrites) {
    return new KernelOutcome(Answer.TAKEN, KernelPin.OK, writes, lostWrites);
  }

  static KernelOutcome refused(String errno) {
    return new KernelOutcome(Answer.REFUSED, errno, 0, 0);
  }

  static KernelOutcome notTried(String why) {
    return new KernelOutcome(Answer.NONE, "NOT_TRIED: " + why, 0, 0);
  }

  static KernelOutcome notTried(IOException failure) {
    return notTried(KernelPin.reason(failure));
  }
}
