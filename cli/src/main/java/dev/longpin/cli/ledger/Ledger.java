package dev.longpin.cli.ledger;

import dev.longpin.cli.ledger.Cut.Outcome;
import dev.longpin.cli.ledger.Findings.Bad;
import dev.longpin.cli.ledger.Findings.Kind;
import dev.longpin.sim.Stamp;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the file must hold, by the word of those who wrote and cut it and by nothing else. A
 * protected and an unprotected run count with the same.
 *
 * <p>Every event has its moments on one clock. A write hides what came before it once it was
 * reported complete; a cut removes what was complete before it began; where they overlap in time
 * either may have come last. What is complete must be found in the file, or a later write of the
 * same bytes, unless it was cut: a write that was reported complete after the last cut had ended
 * and isn't there is <em>lost</em>.
 *
 * <p>Offsets and lengths are multiples of 8. Safe for use from several threads.
 */
public final class Ledger {

  private final Geometry geometry;
  private final Stamp stamp;
  private final Baseline baseline;
  private final boolean anySequence;
  private final Region[] regions;
  private final List<Cut> inFlight = new CopyOnWriteArrayList<>();
  private final AtomicLong clock = new AtomicLong();

  /**
   * Makes the ledger of a file of {@code sizeBytes}.
   *
   * @param anySequence whether a sequence counts that this ledger has not given out: those of a run
   *     that another process made
   */
  public Ledger(
      Geometry geometry, Stamp stamp, long sizeBytes, Baseline baseline, boolean anySequence) {
    this.geometry = geometry;
    this.stamp = stamp;
    this.baseline = baseline;
    this.anySequence = anySequence;
    this.regions = new Region[geometry.regionCount()];
    long wordsEnd = (sizeBytes + Long.BYTES - 1) / Long.BYTES * Long.BYTES;
    for (int i = 0; i < regions.length; i++) {
      long border = Math.clamp(wordsEnd, geometry.start(i), geometry.end(i));
      List<Extent> extents = new ArrayList<>(2);
      if (geometry.start(i) < border) {
        extents.add(Extent.baseline(geometry.start(i), border));
      }
      if (border < geometry.end(i)) {
        extents.add(Extent.absent(border, geometry.end(i)));
      }
      regions[i] = new Region(extents);
    }
  }

  /** Returns how the file is divided. */
  public Geometry geometry() {
    return geometry;
  }

  /** Returns what marks this run's words. */
  public Stamp stamp() {
    return stamp;
  }

  /** Returns the next moment. */
  public long tick() {
    return clock.incrementAndGet();
  }

  // Who has a region

  /** Takes a region for its only writer; false if anyone has it. */
  public boolean tryOwn(int region) {
    return regions[region].tryOwn();
  }

  /** Gives up a region that was taken for writing. */
  public void disown(int region) {
    regions[region].disown();
  }

  /** Takes a region for one of its readers; false if a writer has it. */
  public boolean tryShare(int region) {
    return regions[region].tryShare();
  }

  /** Gives up a region that was taken for reading. */
  public void unshare(int region) {
    regions[region].unshare();
  }

  // What happens to it

  /** Returns whether the owner may write once more: sequences are finite. */
  public boolean hasSequence(int region) {
    return regions[region].hasSequence();
  }

  /** Returns the sequence of the owner's next write; its words may be found from now on. */
  public long issue(int region) {
    return regions[region].issue();
  }

  /**
   * A write was reported complete.
   *
   * @param beganAt a moment at which the bytes were certain to be as they were before or as
   *     written: for a device that holds a pin, one at which all was written and the pin held
   * @param endedAt a moment at which all was written
   */
  public void completed(long from, long to, long sequence, long beganAt, long endedAt) {
    update(from, to, extent -> extent.complete(sequence, beganAt, endedAt));
  }

  /** A cut is about to begin. */
  public Cut beginCut(long from, long to) {
    Cut cut = new Cut(from, to, tick());
    inFlight.add(cut);
    return cut;
  }

  /**
   * A cut has ended.
   *
   * @return when
   */
  public long endCut(Cut cut, Outcome outcome) {
    long endedAt = tick();
    endCut(cut, endedAt, outcome);
    return endedAt;
  }

  private void endCut(Cut cut, long endedAt, Outcome outcome) {
    if (outcome != Outcome.NOTHING) {
      boolean certain = outcome == Outcome.DONE;
      update(cut.from(), cut.to(), extent -> extent.cut(cut.beganAt(), endedAt, certain));
    }
    inFlight.remove(cut); // last: whoever doesn't see it in flight sees what it did
  }

  private void update(long from, long to, UnaryOperator<Extent> change) {
    long end = Math.min(to, geometry.maxBytes());
    for (long at = from; at < end; at = geometry.end(geometry.regionOf(at))) {
      regions[geometry.regionOf(at)].update(from, end, change);
    }
  }

  // What a log says happened

  /** Another process began a cut. */
  void replayBegin(Cut cut) {
    inFlight.add(cut);
  }

  /** Another process's cut ended. */
  void replayEnd(Cut cut, long endedAt, Outcome outcome) {
    endCut(cut, endedAt, outcome);
  }

  /** Another process forced what had been complete at {@code at}. */
  void replayForced(long at, Guarantee forced) {
    completed(forced.from(), forced.to(), forced.sequence(), at, at);
  }

  // What it must hold

  /**
   * Returns what must be in the file after a force of {@code [from, to)} that begins after this
   * call, as far as the log does not have it.
   */
  public List<Guarantee> guarantees(long from, long to) {
    List<Guarantee> found = new ArrayList<>();
    for (Extent extent : expect(from, Math.min(to, geometry.maxBytes())).extents()) {
      if (extent.isCertain() && !extent.logged()) {
        found.add(new Guarantee(extent.from(), extent.to(), extent.completed()));
      }
    }
    return found;
  }

  /** The log has these. */
  public void logged(List<Guarantee> guarantees) {
    for (Guarantee logged : guarantees) {
      update(
          logged.from(),
          logged.to(),
          extent -> extent.completed() == logged.sequence() ? extent.asLogged() : extent);
    }
  }

  /** Returns the end of the last bytes that must be there: the file can't be shorter. */
  public long certainEnd() {
    for (int region = regions.length - 1; region >= 0; region--) {
      for (Extent extent : regions[region].extents().reversed()) {
        if (!extent.gone()
            && !extent.mayBeZero()
            && !mayHaveBeenCut(extent.from(), extent.cutAt())) {
          return extent.to();
        }
      }
    }
    return 0;
  }

  /** Returns what must be found in {@code [from, to)} by a read that begins after this call. */
  public Expectation expect(long from, long to) {
    List<Extent> extents = new ArrayList<>();
    for (long at = from; at < to; at = geometry.end(geometry.regionOf(at))) {
      for (Extent extent : regions[geometry.regionOf(at)].extents()) {
        long start = Math.max(from, extent.from());
        long end = Math.min(to, extent.to());
        if (start < end) {
          extents.add(extent.over(start, end));
        }
      }
    }
    return new Expectation(from, to, extents);
  }

  /**
   * Compares what a read found, whose reader had the regions throughout so that nobody wrote, or
   * after all writers ended.
   *
   * @param found from the start of the expectation; where it ends before it, the file ended
   */
  public Findings judge(Expectation expectation, MemorySegment found) {
    List<Bad> bad = null;
    for (Extent extent : expectation.extents()) {
      Bad wrong = judge(extent, expectation.from(), found);
      if (wrong != null) {
        bad = bad == null ? new ArrayList<>() : bad;
        bad.add(wrong);
      }
    }
    return bad == null ? Findings.NONE : new Findings(List.copyOf(bad));
  }

  private @Nullable Bad judge(Extent extent, long start, MemorySegment found) {
    long issued = anySequence ? Stamp.MAX_SEQUENCE : issued(extent);
    Bad first = null;
    boolean foreign = false;
    for (long offset = extent.from(); offset < extent.to(); offset += Long.BYTES) {
      long word = wordAt(found, offset - start);
      Kind kind = judge(extent, issued, offset, word);
      if (kind != null) {
        foreign |= kind == Kind.FOREIGN;
        first = first == null ? bad(extent, offset, kind, word) : first;
      }
    }
    return first == null || !foreign
        ? first
        : new Bad(
            first.write(), first.offset(), first.kind(), first.word(), first.expected(), true);
  }

  private static Bad bad(Extent extent, long offset, Kind kind, long word) {
    Guarantee write = new Guarantee(extent.from(), extent.to(), extent.completed());
    return new Bad(write, offset, kind, word, extent.describe(), false);
  }

  private long issued(Extent extent) {
    return regions[geometry.regionOf(extent.from())].issued();
  }

  private @Nullable Kind judge(Extent extent, long issued, long offset, long word) {
    long sequence = stamp.sequenceAt(offset, word);
    if (sequence != Stamp.NONE && sequence >= extent.lowest() && sequence <= issued) {
      return null;
    }
    if (extent.lowest() == 0 && baseline.isAt(offset, word)) {
      return null;
    }
    if (word == 0) {
      return extent.mayBeZero() || mayHaveBeenCut(offset, extent.cutAt()) ? null : Kind.MISSING;
    }
    if (sequence != Stamp.NONE) {
      return sequence < extent.lowest() ? Kind.OLD : Kind.UNKNOWN;
    }
    return stamp.isForeignAt(offset, word) ? Kind.FOREIGN : Kind.UNKNOWN;
  }

  /**
   * Returns whether a byte may have been cut since the last cut before; looks at the cuts in flight
   * first, see endCut.
   */
  private boolean mayHaveBeenCut(long offset, long lastCutAt) {
    for (Cut cut : inFlight) {
      if (cut.covers(offset)) {
        return true;
      }
    }
    for (Extent extent : regions[geometry.regionOf(offset)].extents()) {
      if (extent.from() <= offset && offset < extent.to()) {
        return extent.mayBeZero() || extent.cutAt() > lastCutAt;
      }
    }
    throw new IllegalStateException("no extent at " + offset);
  }

  /** Returns the word at a position; what lies past the end of what was found counts as zeros. */
  private static long wordAt(MemorySegment found, long position) {
    long left = found.byteSize() - position;
    if (left >= Long.BYTES) {
      return Stamp.wordOf(found, position);
    }
    long word = 0;
    for (long i = left - 1; i >= 0; i--) {
      word =
          word << Byte.SIZE | Byte.toUnsignedLong(found.get(ValueLayout.JAVA_BYTE, position + i));
    }
    return word;
  }
}
