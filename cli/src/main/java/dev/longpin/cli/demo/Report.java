package dev.longpin.cli.demo;

import java.io.PrintWriter;
import java.util.Locale;
import org.HdrHistogram.Histogram;

/** The table that a person reads. */
final class Report {

  private static final int WIDTH = 78;

  private final PrintWriter out;

  Report(PrintWriter out) {
    this.out = out;
  }

  /** Prints the result of a run. */
  void print(Outcome outcome, Tally tally, boolean unprotected) {
    rule('┌', '┐');
    line(unprotected ? "Longpin demo: UNPROTECTED, as Linux in 2018" : "Longpin demo");
    line(
        outcome.filesystem()
            + ", store "
            + outcome.engine()
            + ", pages of "
            + new Size(outcome.pageSize())
            + ", seed "
            + outcome.seed());
    rule('├', '┤');
    row(
        "Devices",
        count(outcome.deviceWrites(), "writes") + ", " + count(outcome.deviceReads(), "reads"));
    row(
        "Pins",
        count(outcome.shortPins(), "short") + ", " + count(outcome.longtermPins(), "long-term"));
    row("File", count(outcome.fileOperations(), "operations") + ", of which");
    row(
        "",
        String.join(
            ", ",
            count(outcome.truncates(), "truncates"),
            count(outcome.punches(), "punches"),
            count(outcome.forces(), "forces"),
            count(outcome.evictions(), "evictions")));
    row(
        "Taking back",
        String.join(
            ", ",
            count(outcome.revocations(), "holders told"),
            count(outcome.timeouts(), "waits timed out"),
            count(outcome.disconnected(), "disconnected")));
    latency("Truncate", tally.truncate);
    latency("Revocation", tally.revoke);
    rule('├', '┤');
    row("Verified", count(outcome.bytesVerified(), "bytes, read outside the cache"));
    row("Lost writes", count(outcome.lostWrites(), verdict(outcome.lostWrites())));
    row("Stale accesses", count(outcome.staleAccesses(), verdict(outcome.staleAccesses())));
    row("Reused frames", count(outcome.reusedFrames(), verdict(outcome.reusedFrames())));
    row(
        "Leaked frames",
        count(outcome.leakedFrames(), "of a device that never let go: kept from reuse"));
    rule('└', '┘');
  }

  private static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s", number, what);
  }

  private static String verdict(long count) {
    return count == 0 ? "" : "  <-- not what was reported complete";
  }

  private void latency(String name, Histogram histogram) {
    if (histogram.getTotalCount() == 0) {
      row(name, "none");
      return;
    }
    row(
        name,
        "median "
            + time(histogram.getValueAtPercentile(50))
            + ", p99 "
            + time(histogram.getValueAtPercentile(99))
            + ", max "
            + time(histogram.getMaxValue()));
  }

  private static String time(long nanos) {
    return nanos < 1_000_000
        ? String.format(Locale.ROOT, "%.0f us", nanos / 1e3)
        : String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
  }

  private void rule(char left, char right) {
    out.println(left + "─".repeat(WIDTH - 2) + right);
  }

  private void row(String name, String text) {
    line(String.format(Locale.ROOT, "%-15s %s", name, text));
  }

  private void line(String text) {
    out.printf("│ %-" + (WIDTH - 4) + "s │%n", text);
  }
}
