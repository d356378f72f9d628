package dev.longpin.cli.demo;

import dev.longpin.cli.kernel.KernelOutcome;
import dev.longpin.cli.ledger.Findings.Bad;
import dev.longpin.cli.ledger.Verifier;
import dev.longpin.cli.workload.Tally;
import dev.longpin.cli.workload.Workload.Ending;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What came of a run.
 *
 * @param options what was asked for
 * @param filesystem that of the working file
 * @param tally what was counted
 * @param ending how it ended
 * @param verified what the comparison found
 * @param kernel what the kernel alone did in the same race, by kind of file
 * @param signalled whether a signal ended it
 */
record Outcome(
    DemoOptions options,
    String filesystem,
    Tally tally,
    Ending ending,
    Verifier.Result verified,
    Map<String, KernelOutcome> kernel,
    boolean signalled) {

  static final int CLEAN = 0;
  static final int WRONG = 1;
  static final int ENVIRONMENT = 3;

  /** Returns how many writes were not in the file after a force, or in the end. */
  long lostWrites() {
    return Stream.concat(tally.lostWrites().stream(), verified.lost().stream().map(Bad::write))
        .distinct()
        .count();
  }

  /** Returns whether nothing was lost, stale or reused. */
  boolean isClean() {
    return lostWrites() == 0 && tally.staleAccesses() == 0 && tally.reusedFrames() == 0;
  }

  /** Returns what ended the run that is not the environment's fault, if anything. */
  @Nullable Throwable bug() {
    Throwable failure = ending.failure();
    return failure instanceof IOException ? null : failure;
  }

  /** Returns the status that the process ends with. */
  int exitCode() {
    boolean wrong = options.unprotected() ? lostWrites() > 0 : !isClean();
    if (wrong || bug() != null) {
      return WRONG;
    }
    return ending.failure() != null || options.unprotected() ? ENVIRONMENT : CLEAN;
  }

  /** Returns why it ended, and how. */
  String exitReason() {
    Throwable failure = ending.failure();
    if (failure instanceof IOException && !(failure instanceof FileSystemException)) {
      return String.valueOf(failure.getMessage());
    }
    if (failure != null) {
      return failure.toString();
    }
    if (signalled) {
      return "interrupted";
    }
    if (options.unprotected()) {
      return lostWrites() > 0
          ? "writes were lost, as without protection they are"
          : "nothing was lost, so nothing was proved; run it longer";
    }
    return isClean() ? "completed" : "data was lost, stale or reused";
  }
}
