package dev.longpin.cli.ledger;

import dev.longpin.sim.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * One region: who has it, the sequences given out, and what is known of its bytes. Safe for use
 * from several threads.
 */
final class Region {

  private static final int WRITER = -1;

  /** Readers, or {@link #WRITER}. */
  private int owners;

  private long issued;
  private List<Extent> extents;

  Region(List<Extent> extents) {
    this.extents = List.copyOf(extents);
  }

  synchronized boolean tryOwn() {
    if (owners != 0 || issued == Stamp.MAX_SEQUENCE) {
      return false;
    }
    owners = WRITER;
    return true;
  }

  synchronized void disown() {
    owners = 0;
  }

  synchronized boolean tryShare() {
    if (owners == WRITER) {
      return false;
    }
    owners++;
    return true;
  }

  synchronized void unshare() {
    owners--;
  }

  synchronized boolean hasSequence() {
    return issued < Stamp.MAX_SEQUENCE;
  }

  synchronized long issue() {
    if (owners != WRITER || issued == Stamp.MAX_SEQUENCE) {
      throw new IllegalStateException("no sequence: owners " + owners + ", issued " + issued);
    }
    return ++issued;
  }

  synchronized long issued() {
    return issued;
  }

  synchronized List<Extent> extents() {
    return extents;
  }

  /** Changes what is known of the bytes of {@code [from, to)} that lie in this region. */
  synchronized void update(long from, long to, UnaryOperator<Extent> change) {
    List<Extent> updated = new ArrayList<>(extents.size() + 2);
    for (Extent extent : extents) {
      long start = Math.max(from, extent.from());
      long end = Math.min(to, extent.to());
      if (start >= end) {
        append(updated, extent);
        continue;
      }
      if (extent.from() < start) {
        append(updated, extent.over(extent.from(), start));
      }
      append(updated, change.apply(extent.over(start, end)));
      if (end < extent.to()) {
        append(updated, extent.over(end, extent.to()));
      }
    }
    extents = List.copyOf(updated);
  }

  private static void append(List<Extent> list, Extent extent) {
    if (!list.isEmpty() && list.getLast().hasHistoryOf(extent)) {
      Extent before = list.removeLast();
      list.add(extent.over(before.from(), extent.to()));
    } else {
      list.add(extent);
    }
  }
}
