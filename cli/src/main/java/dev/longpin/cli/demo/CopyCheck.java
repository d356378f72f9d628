package dev.longpin.cli.demo;

import dev.longpin.cli.ledger.Baseline;
import dev.longpin.cli.ledger.LoggedRun;
import dev.longpin.cli.ledger.LoggedRun.NotALogException;
import dev.longpin.cli.ledger.RunHeader;
import dev.longpin.cli.ledger.Verifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks the working file of a run that was killed, or kept, against its log. */
final class CopyCheck implements AutoCloseable {

  private static final int EXAMPLES = 8;

  private final Path copy;
  private final PrintWriter out;
  private @Nullable OriginalFile original;
  private boolean originalIsGone;

  CopyCheck(Path copy, PrintWriter out) {
    this.copy = copy;
    this.out = out;
  }

  /** Returns the exit status. */
  int call() throws IOException, EnvironmentException {
    Path log = DemoFile.logOf(copy);
    for (Path needed : new Path[] {copy, log}) {
      if (!Files.isRegularFile(needed)) {
        throw new EnvironmentException(
            needed.equals(copy)
                ? copy + ": no such file"
                : copy + ": not the working file of a demo: there is no " + log);
      }
      if (!Files.isReadable(needed)) {
        throw new EnvironmentException(needed + ": no permission to read it");
      }
    }
    LoggedRun run = read(log);
    Verifier.Result result = Verifier.verifyAtLeast(copy, run.ledger());
    out.printf(
        "%s: %,d bytes compared with the log of %,d forces and %,d cuts.%n",
        copy, result.bytes(), run.forces(), run.cuts());
    if (originalIsGone) {
      out.printf(
          "%s is not as it was: what nobody wrote can't be compared.%n", run.header().original());
    }
    result.lost().stream().limit(EXAMPLES).forEach(lost -> out.println("  " + lost));
    if (result.lost().isEmpty()) {
      out.println("Nothing that was forced is lost.");
      return Outcome.CLEAN;
    }
    out.printf("%,d forced writes are lost.%n", result.lost().size());
    return Outcome.WRONG;
  }

  private LoggedRun read(Path log) throws IOException, EnvironmentException {
    try {
      LoggedRun run = LoggedRun.read(log, this::baseline);
      if (run == null) {
        throw new EnvironmentException(copy + ": a demo is still working on it");
      }
      return run;
    } catch (NotALogException e) {
      throw new EnvironmentException(
          e.getMessage() + "; or the demo was killed before it had made the file");
    }
  }

  private Baseline baseline(RunHeader header) {
    if (header.original().isEmpty()) {
      return Baseline.STAMPED;
    }
    try {
      if (OriginalFile.isOf(header)) {
        OriginalFile found = new OriginalFile(Path.of(header.original()));
        original = found;
        return found;
      }
    } catch (IOException e) {
      originalIsGone = true; // not for us
    }
    originalIsGone = true;
    return Baseline.UNKNOWN;
  }

  @Override
  public void close() {
    if (original != null) {
      original.close();
    }
  }
}
