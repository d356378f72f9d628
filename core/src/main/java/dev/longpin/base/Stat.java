package dev.longpin.base;

import java.util.concurrent.atomic.LongAdder;

/** A counter for {@code stats()}: cheap to add to from many threads, never used to decide. */
public final class Stat {

  private final LongAdder sum = new LongAdder();

  /** Makes a counter at zero. */
  public Stat() {}

  /** Adds one. */
  public void increment() {
    sum.increment();
  }

  /** Adds {@code delta}. */
  public void add(long delta) {
    sum.add(delta);
  }

  /** Returns the sum. */
  public long get() {
    return sum.sum();
  }
}
