package dev.longpin.cli.demo;

import dev.longpin.cli.demo.History.Event;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What the file must hold: the file is divided into regions that don't align with pages, and each
 * has its {@link History}. It trusts nothing that the cache says but that an operation was reported
 * complete. The same for a protected and an unprotected run.
 */
final class Ledger {

  /** What one look at a region found wrong. */
  record Findings(boolean lost, boolean stale, boolean foreign) {
    static final Findings NONE = new Findings(false, false, false);

    boolean any() {
      return lost || stale || foreign;
    }
  }

  /** What the file held at first, by offset of a word. */
  @FunctionalInterface
  interface First {
    long wordAt(long offset);
  }

  private final int regionBytes;
  private final int regionCount;
  private final First first;
  private final History[] histories;
  private final int[] nextSequence;
  private final BitSet owned = new BitSet();
  private final AtomicLong clock = new AtomicLong();
  private final AtomicReference<@Nullable String> firstFinding = new AtomicReference<>();
  private final Queue<Completed> completed = new ConcurrentLinkedQueue<>();

  Ledger(long fileBytes, int regionBytes, First first) {
    this.regionBytes = regionBytes;
    this.regionCount = Math.toIntExact(Math.min(fileBytes / regionBytes, Stamp.MAX));
    this.first = first;
    this.histories = new History[regionCount];
    this.nextSequence = new int[regionCount];
    for (int i = 0; i < regionCount; i++) {
      histories[i] = new History();
      nextSequence[i] = 2; // 1 is the stamp of a generated file
    }
  }

  int regionCount() {
    return regionCount;
  }

  int regionBytes() {
    return regionBytes;
  }

  long offset(int region) {
    return (long) region * regionBytes;
  }

  /** Returns the next moment. */
  long now() {
    return clock.incrementAndGet();
  }

  /** Takes a region that nobody writes, for the only one who does; or -1. */
  int take(Random random) {
    synchronized (owned) {
      int from = random.nextInt(regionCount);
      int region = owned.nextClearBit(from);
      if (region >= regionCount) {
        region = owned.nextClearBit(0);
      }
      if (region >= regionCount) {
        return -1;
      }
      owned.set(region);
      return region;
    }
  }

  /** Gives a region back. */
  void giveBack(int region) {
    synchronized (owned) {
      owned.clear(region);
    }
  }

  /** A write of a whole region by its owner. */
  record Write(int region, int sequence, Event event) {}

  /** A write that was reported complete. */
  record Completed(int region, int sequence, long start) {}

  /** A cut of {@code [from, to)} of the file. */
  record Cut(long from, long to, long start, List<Event> events) {}

  /** Begins a write of a whole region. */
  Write beginWrite(int region) {
    int sequence = nextSequence[region]++;
    return new Write(region, sequence, histories[region].begin(sequence, 0, regionBytes, now()));
  }

  /**
   * Ends a write.
   *
   * @param reportedComplete whether it was; if not, it may have happened or not
   */
  void endWrite(Write write, boolean reportedComplete) {
    histories[write.region].end(write.event, now(), reportedComplete);
    if (reportedComplete) {
      completed.add(new Completed(write.region, write.sequence, write.event.start()));
    }
  }

  /** Takes back a write that never began. */
  void cancelWrite(Write write) {
    histories[write.region].cancel(write.event);
  }

  /** Takes the writes that were reported complete since this was asked last. */
  List<Completed> takeCompleted() {
    List<Completed> taken = new ArrayList<>();
    for (Completed next = completed.poll(); next != null; next = completed.poll()) {
      taken.add(next);
    }
    return taken;
  }

  /** Puts back writes that were not forced after all. */
  void putBack(List<Completed> writes) {
    completed.addAll(writes);
  }

  /** Begins a cut. */
  Cut beginCut(long from, long to) {
    long start = now();
    List<Event> events = new ArrayList<>();
    for (int region = firstRegion(from); region < endRegion(to); region++) {
      int cutFrom = (int) Math.max(0, from - offset(region));
      int cutTo = (int) Math.min(regionBytes, to - offset(region));
      events.add(histories[region].begin(History.ZEROS, cutFrom, cutTo, start));
    }
    return new Cut(from, to, start, events);
  }

  /**
   * Ends a cut.
   *
   * @param done true if it returned normally, false if it changed nothing, null if nobody knows
   */
  void endCut(Cut cut, @Nullable Boolean done) {
    long end = now();
    int region = firstRegion(cut.from);
    for (Event event : cut.events) {
      if (done != null && !done) {
        histories[region].cancel(event);
      } else {
        histories[region].end(event, end, done != null);
      }
      region++;
    }
  }

  /**
   * Begins a pin for overwriting a region: what is not in memory becomes zeros, if the pin is
   * given.
   */
  Cut beginOverwrite(int region) {
    return beginCut(offset(region), offset(region) + regionBytes);
  }

  /** The pin was given or not; from now on its device decides what the region holds. */
  void endOverwrite(Cut blank, boolean given) {
    endCut(blank, given ? null : Boolean.FALSE);
  }

  private int firstRegion(long from) {
    return (int) Math.min(regionCount, from / regionBytes);
  }

  private int endRegion(long to) {
    return (int) Math.min(regionCount, (to + regionBytes - 1) / regionBytes);
  }

  History history(int region) {
    return histories[region];
  }

  /** A source of the words of a region. */
  @FunctionalInterface
  interface Words {
    long at(int index);
  }

  /** Compares what someone found who looked at a region from {@code start} until now. */
  Findings check(int region, Words words, long start) {
    History history = histories[region];
    long end = now();
    int count = regionBytes / Long.BYTES;
    boolean lost = false;
    boolean stale = false;
    boolean foreign = false;
    for (int i = 0; i < count; i++) {
      long word = words.at(i);
      int position = i * Long.BYTES;
      if (isAllowed(history, region, i, word, position, start, end) || !history.knows(start)) {
        continue;
      }
      noteFirst(region, i, word, start, end);
      if (Stamp.isForeign(word, region, i, count)) {
        foreign = true;
      } else if (history.allows(History.ZEROS, position, start, end)) {
        stale = true; // something where a cut left zeros
      } else {
        lost = true;
      }
    }
    return lost || stale || foreign ? new Findings(lost, stale, foreign) : Findings.NONE;
  }

  private void noteFirst(int region, int index, long word, long start, long end) {
    String found =
        String.format(
            Locale.ROOT,
            "region %d, word %d: found %016x (write %d of it), looking from %d to %d after %s",
            region,
            index,
            word,
            Stamp.sequence(word, region, index),
            start,
            end,
            histories[region]);
    firstFinding.compareAndSet(null, found);
  }

  /** Describes the first thing that was found wrong, for whoever looks for the reason. */
  @Nullable String firstFinding() {
    return firstFinding.get();
  }

  private boolean isAllowed(
      History history, int region, int index, long word, int position, long start, long end) {
    boolean startCut = history.allows(History.ZEROS, position, start, end);
    boolean endCut = history.allows(History.ZEROS, position + Long.BYTES - 1, start, end);
    if (word == 0 && startCut && endCut) {
      return true;
    }
    int sequence = Stamp.sequence(word, region, index);
    if (sequence > 0 && history.allows(sequence, position, start, end)) {
      return true;
    }
    if (word == first.wordAt(offset(region) + position)
        && history.allows(History.FIRST, position, start, end)) {
      return true;
    }
    return (startCut || endCut) && history.endsInside(position) && isMixture(region, index, word);
  }

  /** Returns whether the word is, byte by byte, zeros and a prefix or suffix of what was here. */
  private boolean isMixture(int region, int index, long word) {
    int zeros = Long.numberOfTrailingZeros(word) / Byte.SIZE * Byte.SIZE;
    int keptLow = Long.SIZE - Long.numberOfLeadingZeros(word);
    long highMask = zeros == 0 ? -1L : -1L << zeros;
    long lowMask = keptLow == Long.SIZE ? -1L : (1L << keptLow) - 1;
    long before = first.wordAt(offset(region) + (long) index * Long.BYTES);
    return (before & highMask) == word
        || (before & lowMask) == word
        || histories[region].sequences().stream()
            .mapToLong(sequence -> Stamp.of(region, sequence, index))
            .anyMatch(whole -> (whole & highMask) == word || (whole & lowMask) == word);
  }
}
