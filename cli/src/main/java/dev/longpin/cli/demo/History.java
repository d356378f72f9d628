package dev.longpin.cli.demo;

import java.util.ArrayList;
import java.util.List;

/**
 * What happened to one region of the file, and so what may be found in it. Each event has a start
 * and an end on one clock; of two that overlap either may be the last.
 */
final class History {

  /** The sequence of a region that was cut: zeros. */
  static final int ZEROS = 0;

  /** The sequence of what the file held at first. */
  static final int FIRST = -1;

  private static final int KEPT = 48;

  /**
   * A write or a cut of bytes {@code [from, to)} of the region.
   *
   * @param sequence of the write; {@link #ZEROS} for a cut
   * @param definite whether it was reported complete; otherwise it may have happened or not
   */
  record Event(int sequence, int from, int to, long start, long end, boolean definite) {

    boolean covers(int position) {
      return from <= position && position < to;
    }
  }

  private final List<Event> events = new ArrayList<>();
  private long forgottenUpTo = -1;

  /** Adds an event that has begun, and of which anything may be seen from now on. */
  synchronized Event begin(int sequence, int from, int to, long start) {
    if (events.size() >= KEPT) {
      forget();
    }
    Event event = new Event(sequence, from, to, start, Long.MAX_VALUE, false);
    events.add(event);
    return event;
  }

  /** An event ended; a definite one rules out what ended before it began. */
  synchronized void end(Event event, long end, boolean definite) {
    int at = indexOf(event);
    events.set(at, new Event(event.sequence, event.from, event.to, event.start, end, definite));
  }

  /** An event did not happen at all. */
  synchronized void cancel(Event event) {
    events.remove(indexOf(event));
  }

  private int indexOf(Event event) {
    int at = events.indexOf(event);
    if (at < 0) {
      throw new IllegalStateException("no such event: " + event);
    }
    return at;
  }

  /** Drops events that a later one of the whole region has ruled out for every later reader. */
  private void forget() {
    long[] ends =
        events.stream()
            .mapToLong(Event::end)
            .filter(end -> end < Long.MAX_VALUE)
            .sorted()
            .toArray();
    if (ends.length < KEPT / 2) {
      return;
    }
    long horizon = ends[ends.length / 2];
    events.removeIf(old ->
        old.end < horizon
            && events.stream()
                .anyMatch(newer ->
                    newer.definite
                        && newer.from <= old.from
                        && old.to <= newer.to
                        && newer.start > old.end
                        && newer.end < horizon));
    forgottenUpTo = Math.max(forgottenUpTo, horizon);
  }

  /** Returns whether the history still tells what a read that began at {@code start} may find. */
  synchronized boolean knows(long start) {
    return start > forgottenUpTo;
  }

  /**
   * Returns whether {@code sequence} may be found at {@code position} by one who looks from {@code
   * start} to {@code end}.
   */
  synchronized boolean allows(int sequence, int position, long start, long end) {
    if (sequence == FIRST) {
      return isCurrent(-1, position, start);
    }
    for (Event event : events) {
      if (event.sequence == sequence
          && event.covers(position)
          && event.start < end
          && isCurrent(event.end, position, start)) {
        return true;
      }
    }
    return false;
  }

  /** Returns whether nothing is known to have replaced, before {@code start}, what ended then. */
  private boolean isCurrent(long ended, int position, long start) {
    for (Event later : events) {
      if (later.definite && later.covers(position) && later.start > ended && later.end < start) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether a cut began or ended inside the word at {@code position}. */
  synchronized boolean endsInside(int position) {
    int last = position + Long.BYTES - 1;
    return events.stream()
        .anyMatch(event ->
            (position < event.from && event.from <= last)
                || (position < event.to && event.to <= last));
  }

  @Override
  public synchronized String toString() {
    return events.toString();
  }

  /** Returns the sequences of the writes. */
  synchronized List<Integer> sequences() {
    return events.stream().map(Event::sequence).filter(sequence -> sequence > 0).toList();
  }
}
