package dev.longpin.schedule;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a schedule. It runs while it has the baton; everything else about it is touched only
 * by whoever has the baton.
 */
final class Actor {

  /** Code of an actor. */
  @FunctionalInterface
  interface Body {
    void run() throws Exception;
  }

  final ControlledScheduler scheduler;
  final int index;
  final String name;
  final Thread thread;

  /** Whether its code has ended, well or not. */
  boolean done;

  /** Whether its present or next wait shall end as by an interrupt. */
  boolean interrupted;

  private volatile boolean hasBaton;
  private boolean started;
  private @Nullable Object awaited;
  private @Nullable BooleanSupplier ready;
  private long deadlineNanos = Long.MAX_VALUE;

  Actor(ControlledScheduler scheduler, int index, String name, Runnable code) {
    this.scheduler = scheduler;
    this.index = index;
    this.name = name;
    thread = Thread.ofVirtual().name(name).unstarted(code);
  }

  /** Hands the baton to this actor. */
  void resume() {
    hasBaton = true;
    if (started) {
      LockSupport.unpark(thread);
    } else {
      started = true;
      thread.start();
    }
  }

  /** Gives up the baton, which the caller is about to hand on. */
  void dropBaton() {
    hasBaton = false;
  }

  /** Waits for the baton, keeping the thread's interrupt status. */
  void awaitBaton() {
    boolean interruptedMeanwhile = false;
    while (!hasBaton) {
      LockSupport.park(this);
      interruptedMeanwhile |= Thread.interrupted();
    }
    if (interruptedMeanwhile) {
      thread.interrupt();
    }
  }

  boolean isStarted() {
    return started;
  }

  void block(Object target, BooleanSupplier until, long deadline) {
    awaited = target;
    ready = until;
    deadlineNanos = deadline;
  }

  void unblock() {
    awaited = null;
    ready = null;
    deadlineNanos = Long.MAX_VALUE;
  }

  /** Returns what the actor waits for, or null. */
  @Nullable Object awaited() {
    return awaited;
  }

  /** Returns when its wait ends at the latest; {@link Long#MAX_VALUE} for never. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  boolean canRun(long nowNanos) {
    if (done) {
      return false;
    }
    BooleanSupplier until = ready;
    return until == null
        || nowNanos >= deadlineNanos
        || (interrupted && deadlineNanos != Long.MAX_VALUE)
        || until.getAsBoolean();
  }
}
