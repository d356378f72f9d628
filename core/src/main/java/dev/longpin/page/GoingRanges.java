package dev.longpin.page;

import dev.longpin.api.UnmapOperation;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import java.util.ArrayList;
import java.util.List;

/**
 * The ranges of a file that are being unmapped. New pins in them are refused, faults and writes
 * wait, reads still see the old data. Ranges never overlap: a second unmapper queues behind the
 * first.
 */
public final class GoingRanges {

  /** A range of whole pages that is going. */
  public record Going(long firstPage, long endPage, UnmapOperation operation) {}

  private final Mutex lock = new Mutex(LockRank.GOING);
  private final List<Going> ranges = new ArrayList<>();
  private final LongCell count = new LongCell(0);
  private final EventCount ended = new EventCount();

  /** Returns whether any page of {@code [firstPage, endPage)} is going. */
  public boolean overlaps(long firstPage, long endPage) {
    return count.get() != 0 && !overlapping(firstPage, endPage).isEmpty();
  }

  /** Returns the ranges that have a page of {@code [firstPage, endPage)}. */
  public List<Going> overlapping(long firstPage, long endPage) {
    lock.lock();
    try {
      return ranges.stream()
          .filter(going -> going.firstPage < endPage && firstPage < going.endPage)
          .toList();
    } finally {
      lock.unlock();
    }
  }

  /** Adds a range that overlaps none. */
  public void add(Going going) {
    lock.lock();
    try {
      ranges.add(going);
      count.add(1);
    } finally {
      lock.unlock();
    }
  }

  /** Removes a range and wakes those who wait for it. */
  public void remove(Going going) {
    lock.lock();
    try {
      ranges.remove(going);
      count.add(-1);
    } finally {
      lock.unlock();
    }
    ended.signalAll();
  }

  /** Signals when a range ended. */
  public EventCount ended() {
    return ended;
  }
}
