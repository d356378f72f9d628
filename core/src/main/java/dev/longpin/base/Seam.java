package dev.longpin.base;

import org.jspecify.annotations.Nullable;

/**
 * The one place where Longpin touches threads and the clock, and where a {@link Scheduler} can take
 * control of both and of every ordered access to shared memory.
 *
 * <p>In production {@link #CONTROLLED} is false: a static final, so the compiler removes each hook.
 * In a JVM started with {@code -Dlongpin.seam.controlled=true}, threads that {@linkplain #adopt
 * adopted} a scheduler ask it before each step, and all others run as in production.
 */
public final class Seam {

  /** Whether schedulers can take control in this JVM. */
  public static final boolean CONTROLLED = Boolean.getBoolean("longpin.seam.controlled");

  private static final ThreadLocal<@Nullable Scheduler> CURRENT = new ThreadLocal<>();

  private Seam() {}

  /** Puts the calling thread under {@code scheduler}, or back under the JVM when it is null. */
  public static void adopt(@Nullable Scheduler scheduler) {
    if (!CONTROLLED && scheduler != null) {
      throw new IllegalStateException(
          "this JVM was not started with -Dlongpin.seam.controlled=true");
    }
    CURRENT.set(scheduler);
  }

  static @Nullable Scheduler scheduler() {
    return CONTROLLED ? CURRENT.get() : null;
  }

  /** Announces a step to the scheduler of the calling thread, if it has one. */
  public static void step(Step step, Object target, long index) {
    if (CONTROLLED) {
      Scheduler scheduler = CURRENT.get();
      if (scheduler != null) {
        scheduler.step(step, target, index);
      }
    }
  }

  /** Returns the monotonic clock in nanoseconds. */
  public static long nanoTime() {
    if (CONTROLLED) {
      Scheduler scheduler = CURRENT.get();
      if (scheduler != null) {
        return scheduler.nanoTime();
      }
    }
    return System.nanoTime();
  }

  /** Starts a daemon platform thread, for work that lasts as long as the cache. */
  public static void startDaemon(String name, Runnable body) {
    Scheduler scheduler = scheduler();
    if (scheduler != null) {
      scheduler.start(name, body);
    } else {
      Thread.ofPlatform().daemon().name(name).start(body);
    }
  }

  /** Starts a virtual thread, for one call that may take long: a notice to a holder. */
  public static void startTask(String name, Runnable body) {
    Scheduler scheduler = scheduler();
    if (scheduler != null) {
      scheduler.start(name, body);
    } else {
      Thread.ofVirtual().name(name).start(body);
    }
  }

  /** Gives up the processor for a moment: for loops that wait for a few instructions of another. */
  public static void pause() {
    if (CONTROLLED) {
      step(Step.LOAD, Seam.class, 0);
    }
    Thread.onSpinWait();
  }
}
