package dev.longpin.base;

import java.util.concurrent.atomic.AtomicLongFieldUpdater;

/**
 * A number that threads share: a file's size, a limit's use, a sequence. Every access is a step.
 */
public final class LongCell {

  private static final AtomicLongFieldUpdater<LongCell> VALUE =
      AtomicLongFieldUpdater.newUpdater(LongCell.class, "value");

  private volatile long value;

  /** Makes a cell that holds {@code initial}. */
  public LongCell(long initial) {
    value = initial;
  }

  /** Loads with volatile order. */
  public long get() {
    Seam.step(Step.LOAD, this, 0);
    return value;
  }

  /** Stores with volatile order. */
  public void set(long next) {
    Seam.step(Step.STORE, this, 0);
    value = next;
  }

  /** Adds {@code delta} and returns the sum. */
  public long add(long delta) {
    Seam.step(Step.COMPARE_AND_SET, this, 0);
    return VALUE.addAndGet(this, delta);
  }

  /** Changes the cell from {@code expected} to {@code next}. */
  public boolean compareAndSet(long expected, long next) {
    Seam.step(Step.COMPARE_AND_SET, this, 0);
    return VALUE.compareAndSet(this, expected, next);
  }

  /** Raises the cell to {@code next} unless it is as high already. */
  public void raiseTo(long next) {
    long now = get();
    while (now < next && !compareAndSet(now, next)) {
      now = get();
    }
  }

  /** Adds {@code delta}, which must not be negative, unless the sum would exceed {@code limit}. */
  public boolean tryAdd(long delta, long limit) {
    while (true) {
      long now = get();
      if (delta > limit - now) {
        return false;
      }
      if (compareAndSet(now, now + delta)) {
        return true;
      }
    }
  }
}
