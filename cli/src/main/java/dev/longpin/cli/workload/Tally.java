package dev.longpin.cli.workload;

import dev.longpin.cli.ledger.Findings;
import dev.longpin.cli.ledger.Findings.Bad;
import dev.longpin.cli.ledger.Guarantee;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** What a run counted. Safe for use from several threads. */
public final class Tally {

  private static final int EXAMPLES = 4;

  final LongAdder deviceWrites = new LongAdder();
  final LongAdder deviceReads = new LongAdder();
  final LongAdder zcSends = new LongAdder();
  final LongAdder zcCopied = new LongAdder();
  final LongAdder shortPins = new LongAdder();
  final LongAdder longtermPins = new LongAdder();
  final LongAdder refusals = new LongAdder();
  final LongAdder fileOperations = new LongAdder();
  final LongAdder truncates = new LongAdder();
  final LongAdder punches = new LongAdder();
  final LongAdder forces = new LongAdder();
  final LongAdder evictions = new LongAdder();
  private final Set<Guarantee> lostWrites = ConcurrentHashMap.newKeySet();
  private final LongAdder staleAccesses = new LongAdder();
  private final LongAdder reusedFrames = new LongAdder();
  private final Set<String> examples = new LinkedHashSet<>();
  private final Histogram truncateNanos = new ConcurrentHistogram(3);
  private final Histogram revokeNanos = new ConcurrentHistogram(3);

  /** Returns how many accesses of devices that wrote were reported complete. */
  public long deviceWrites() {
    return deviceWrites.sum();
  }

  /** Returns how many accesses of devices read and were compared. */
  public long deviceReads() {
    return deviceReads.sum();
  }

  /** Returns how many short pins were granted. */
  public long shortPins() {
    return shortPins.sum();
  }

  /** Returns how many long-term pins were granted. */
  public long longtermPins() {
    return longtermPins.sum();
  }

  /** Returns how many pins were refused. */
  public long refusals() {
    return refusals.sum();
  }

  /** Returns how many operations the file was asked for, pins not counted. */
  public long fileOperations() {
    return fileOperations.sum();
  }

  /** Returns how many truncates made the file shorter. */
  public long truncates() {
    return truncates.sum();
  }

  /** Returns how many holes were punched. */
  public long punches() {
    return punches.sum();
  }

  /** Returns how many forces returned normally. */
  public long forces() {
    return forces.sum();
  }

  /** Returns how many ranges were evicted. */
  public long evictions() {
    return evictions.sum();
  }

  /** Returns how many zero-copy sends the kernel was asked for. */
  public long zcSends() {
    return zcSends.sum();
  }

  /** Returns of how many of them it said that it had copied. */
  public long zcCopied() {
    return zcCopied.sum();
  }

  /** Returns the writes that were not in the file after a force. */
  public Set<Guarantee> lostWrites() {
    return Set.copyOf(lostWrites);
  }

  /** Returns how many accesses saw data that was not that of the place and the time. */
  public long staleAccesses() {
    return staleAccesses.sum();
  }

  /** Returns how many accesses saw data of another place: a frame that was given away. */
  public long reusedFrames() {
    return reusedFrames.sum();
  }

  /** Returns some of the wrong accesses, in words. */
  public List<String> examples() {
    synchronized (examples) {
      return List.copyOf(examples);
    }
  }

  /** Returns how long the truncates took that made the file shorter. */
  public Histogram truncateNanos() {
    return truncateNanos;
  }

  /** Returns how long holders took from being told to letting go. */
  public Histogram revokeNanos() {
    return revokeNanos;
  }

  /** Returns how much was done. */
  public long operations() {
    return deviceWrites() + deviceReads() + fileOperations();
  }

  /** Returns how much went wrong, as far as it is known while the run goes on. */
  public long wrong() {
    return lostWrites.size() + staleAccesses() + reusedFrames();
  }

  /** Counts what one access found wrong, if anything. */
  void note(String who, Findings findings) {
    if (!findings.isFine()) {
      note(findings.hasForeign(), who + " found " + findings.bad().getFirst());
    }
  }

  /** Counts a write that was forced and is not in the file. */
  void noteLost(Bad lost) {
    if (lostWrites.add(lost.write())) {
      addExample("after a force, in the file " + lost);
    }
  }

  /** Counts a wrong access. */
  void note(boolean foreign, String example) {
    (foreign ? reusedFrames : staleAccesses).increment();
    addExample(example);
  }

  private void addExample(String example) {
    synchronized (examples) {
      if (examples.size() < EXAMPLES) {
        var _ = examples.add(example);
      }
    }
  }

  void truncated(long nanos) {
    truncates.increment();
    truncateNanos.recordValue(nanos);
  }

  void revoked(long nanos) {
    revokeNanos.recordValue(nanos);
  }
}
