package dev.longpin.base;

import java.util.function.BooleanSupplier;

/**
 * Takes control of the threads that adopted it ({@link Seam#adopt}): it is asked before every step
 * and decides which of its threads goes on.
 *
 * <p>Only consulted when the JVM was started with {@code -Dlongpin.seam.controlled=true}; otherwise
 * the calls are dead code that the compiler removes.
 */
public interface Scheduler {

  /**
   * Called by a controlled thread before it does {@code step} on {@code target}; may return later,
   * after other threads ran.
   *
   * @param index the element of {@code target}, or 0
   */
  void step(Step step, Object target, long index);

  /**
   * Blocks the calling thread until {@code ready} holds or the scheduler's clock has reached {@code
   * deadlineNanos}. {@code ready} is evaluated while no controlled thread runs.
   *
   * @param deadlineNanos on the clock of {@link #nanoTime}; {@link Long#MAX_VALUE} for none
   * @return whether {@code ready} held
   */
  boolean await(Object target, BooleanSupplier ready, long deadlineNanos);

  /** Returns the scheduler's clock in nanoseconds. */
  long nanoTime();

  /** Returns what is taken for a random number; the same again and again, as bad luck would. */
  int random();

  /** Starts a controlled thread. */
  void start(String name, Runnable body);
}
