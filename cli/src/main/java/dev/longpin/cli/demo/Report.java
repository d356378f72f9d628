package dev.longpin.cli.demo;

import dev.longpin.api.CacheStats;
import dev.longpin.cli.workload.Tally;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** An outcome for people: what was done, how long it took, and what of it is not in the file. */
final class Report {

  private static final int WIDTH = 76;
  private static final int LABEL = 22;
  private static final int EXAMPLES = 4;

  private final PrintWriter out;
  private final Outcome outcome;

  Report(PrintWriter out, Outcome outcome) {
    this.out = out;
    this.outcome = outcome;
  }

  void print() {
    rule('┌', '┐');
    heading();
    rule('├', '┤');
    work();
    rule('├', '┤');
    latencies();
    rule('├', '┤');
    results();
    rule('├', '┤');
    kernel();
    rule('└', '┘');
    outcome.verified().lost().stream()
        .limit(EXAMPLES)
        .forEach(lost -> out.println("  in the file " + lost));
    outcome.tally().examples().forEach(wrong -> out.println("  " + wrong));
    out.println(verdict());
    out.flush();
  }

  private void heading() {
    DemoOptions options = outcome.options();
    line(
        options.unprotected()
            ? "longpin demo --unprotected: pins are ignored, as Linux did in 2018"
            : "longpin demo: devices hold pages of a file that changes all the while");
    line(
        "%s, pages of %s, cache of %s, seed %d"
            .formatted(
                outcome.filesystem(),
                new Size(options.config().pageSize()),
                new Size(options.config().capacityBytes()),
                options.seed()));
    line(engine(outcome.ending().stats()));
  }

  private static String engine(CacheStats stats) {
    return "data by %s, %s, %s%s"
        .formatted(
            stats.engine(),
            stats.direct() ? "direct" : "not direct",
            stats.registeredBytes() > 0 ? "frames registered" : "frames not registered",
            stats.hugePageBytes() > 0 ? ", huge pages" : "");
  }

  private void work() {
    Tally tally = outcome.tally();
    CacheStats stats = outcome.ending().stats();
    row(
        "Devices held pages",
        count(tally.longtermPins(), "long-term pins, ") + count(tally.shortPins(), "short"));
    row(
        "and accessed them",
        count(tally.deviceWrites(), "writes, ") + count(tally.deviceReads(), "reads"));
    row(
        "and sent them",
        count(tally.zcSends(), "zero-copy sends, ") + count(tally.zcCopied(), "copied after all"));
    row("while the file saw", count(tally.fileOperations(), "operations, of these"));
    row("", count(tally.truncates(), "truncates, ") + count(tally.punches(), "punches,"));
    row("", count(tally.forces(), "forces, ") + count(tally.evictions(), "evictions"));
    row("To get pages back", count(stats.revocations(), "holders told to let go,"));
    row(
        "",
        count(stats.timeouts(), "waits timed out, ") + count(stats.disconnected(), "disconnected"));
  }

  private void latencies() {
    row("", columns("median", "p99", "max"));
    latency("Truncate", outcome.tally().truncateNanos());
    latency("A holder lets go", outcome.tally().revokeNanos());
  }

  private void latency(String label, Histogram nanos) {
    row(
        label,
        nanos.getTotalCount() == 0
            ? columns("-", "-", "-")
            : columns(
                time(nanos.getValueAtPercentile(50)),
                time(nanos.getValueAtPercentile(99)),
                time(nanos.getMaxValue())));
  }

  private void results() {
    Tally tally = outcome.tally();
    result("Bytes verified", outcome.verified().bytes(), "read from outside the cache");
    result("Lost writes", outcome.lostWrites(), "complete, forced, not in the file");
    result("Stale accesses", tally.staleAccesses(), "saw what was not the file's");
    result("Reused frames", tally.reusedFrames(), "met another page's data");
    result(
        "Leaked frames",
        outcome.ending().stats().leakedFrames(),
        "kept back: a device never answered");
  }

  private void kernel() {
    line("The same race on Linux alone, a device writing under a truncate, loses");
    outcome
        .kernel()
        .forEach((kind, kernel) -> {
          String where = kind.equals("file") ? outcome.filesystem() : kind;
          row(
              "",
              switch (kernel.answer()) {
                case TAKEN ->
                    String.format(
                        Locale.ROOT,
                        "%,14d  of %,d writes on %s",
                        kernel.lostWrites(),
                        kernel.writes(),
                        where);
                case REFUSED ->
                    String.format("%14s  on %s: pin refused, %s", "-", where, kernel.status());
                case NONE -> String.format("%14s  on %s: %s", "-", where, kernel.status());
              });
        });
  }

  private static String count(long number, String what) {
    return String.format(Locale.ROOT, "%,d %s", number, what);
  }

  private void result(String label, long number, String meaning) {
    row(label, String.format(Locale.ROOT, "%,14d  %s", number, meaning));
  }

  private static String columns(String first, String second, String third) {
    return String.format(Locale.ROOT, "%14s%14s%14s", first, second, third);
  }

  private static String time(long nanos) {
    return nanos < TimeUnit.MILLISECONDS.toNanos(1)
        ? String.format(Locale.ROOT, "%,d µs", TimeUnit.NANOSECONDS.toMicros(nanos))
        : String.format(Locale.ROOT, "%,.1f ms", nanos / 1e6);
  }

  private String verdict() {
    String how = outcome.exitReason();
    if (outcome.options().unprotected() || !outcome.isClean()) {
      return how.substring(0, 1).toUpperCase(Locale.ROOT) + how.substring(1) + ".";
    }
    return outcome.ending().failure() == null && !outcome.signalled()
        ? "Nothing was lost."
        : "Nothing was lost. The run ended early: " + how;
  }

  private void rule(char left, char right) {
    out.println(left + "─".repeat(WIDTH) + right);
  }

  private void row(String label, String text) {
    line(String.format(Locale.ROOT, "%-" + LABEL + "s%s", label, text));
  }

  private void line(String text) {
    out.println(String.format(Locale.ROOT, "│ %-" + (WIDTH - 2) + "s │", text));
  }
}
