package dev.longpin.cli.demo;

import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What a run counted. */
final class Tally {
  final LongAdder deviceWrites = new LongAdder();
  final LongAdder deviceReads = new LongAdder();
  final LongAdder shortPins = new LongAdder();
  final LongAdder longtermPins = new LongAdder();
  final LongAdder fileOperations = new LongAdder();
  final LongAdder truncates = new LongAdder();
  final LongAdder punches = new LongAdder();
  final LongAdder forces = new LongAdder();
  final LongAdder evictions = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder timeouts = new LongAdder();
  final LongAdder staleAccesses = new LongAdder();
  final LongAdder reusedFrames = new LongAdder();

  /** From the call of a truncate to its normal return, in nanoseconds. */
  final Histogram truncate = new ConcurrentHistogram(3);

  /** From the notice to the release of the pin, in nanoseconds. */
  final Histogram revoke = new ConcurrentHistogram(3);

  /** Counts what a look through the cache found wrong. */
  void count(Ledger.Findings findings) {
    if (findings.foreign()) {
      reusedFrames.increment();
    } else if (findings.any()) {
      staleAccesses.increment();
    }
  }

  long operations() {
    return deviceWrites.sum() + deviceReads.sum() + fileOperations.sum();
  }
}
