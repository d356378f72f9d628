package dev.longpin.page;

import dev.longpin.api.RangeMark;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.ArrayList;
import java.util.List;

/** Marks on ranges of a file, which may overlap. */
public final class MarkedRanges {

  private final Mutex lock = new Mutex(LockRank.GOING);
  private final List<Mark> marks = new ArrayList<>();

  /** One of them. */
  private final class Mark implements RangeMark {
    private final long offset;
    private final long lengthBytes;

    Mark(long offset, long lengthBytes) {
      this.offset = offset;
      this.lengthBytes = lengthBytes;
    }

    boolean overlaps(long start, long end) {
      return lengthBytes > 0 && offset < end && start - offset < lengthBytes;
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public long lengthBytes() {
      return lengthBytes;
    }

    @Override
    public void close() {
      lock.lock();
      try {
        marks.remove(this);
      } finally {
        lock.unlock();
      }
    }
  }

  /** Marks a range. */
  public RangeMark add(long offset, long lengthBytes) {
    Mark mark = new Mark(offset, lengthBytes);
    lock.lock();
    try {
      marks.add(mark);
    } finally {
      lock.unlock();
    }
    return mark;
  }

  /** Returns whether any byte of {@code [start, end)} is marked. */
  public boolean overlaps(long start, long end) {
    return !runUnlessMarked(start, end, () -> {});
  }

  /**
   * Runs {@code task} if no byte of {@code [start, end)} is marked, and before any is.
   *
   * @return whether it ran
   */
  public boolean runUnlessMarked(long start, long end, Runnable task) {
    lock.lock();
    try {
      if (marks.stream().anyMatch(mark -> mark.overlaps(start, end))) {
        return false;
      }
      task.run();
      return true;
    } finally {
      lock.unlock();
    }
  }
}
