package dev.longpin.linux.uring;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.Interrupts;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Parker;
import dev.longpin.base.Seam;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Who takes the completions of a ring. Whoever waits for something does it himself, so that one
 * thread that keeps many requests under way needs no other:
 *
 * <ul>
 *   <li>Of those who wait, one is the <em>leader</em>: it waits in the kernel, takes what
 *       completes, and wakes those whose wait that ended.
 *   <li>When its own wait has ended it makes another the leader.
 *   <li>A virtual thread never leads, since it would keep its carrier. Where only virtual threads
 *       wait, the ring's own thread leads.
 *   <li>Where nobody waits, the ring's own thread looks every {@link #TICK} while there are
 *       requests, or {@link #SLOW_TICK} while others look now and then: what completed is delayed
 *       by no more than that.
 * </ul>
 *
 * <p>Rule: whenever the lock is free, there is a leader, or nobody waits, or someone was woken who
 * will lead.
 */
final class Reaping {

  /** The completions of a ring. */
  interface Source {
    /** Returns whether any request has not completed. */
    boolean isBusy();

    /** Takes what has completed, and does for each what is to be done. By one thread at a time. */
    void take();

    /**
     * The same, but waits for at least one, or so long; and takes no more when {@code done} holds:
     * what its caller does next may be to keep the device busy.
     */
    void await(long nanos, BooleanSupplier done);
  }

  /** How long a leader is in the kernel at most before it looks at interrupts. */
  private static final long SLICE_NANOS = 20_000_000;

  /** How often the ring's own thread looks for completions that nobody waits for. */
  static final Duration TICK = Duration.ofMillis(1);

  /** How often where others have looked since it did. */
  private static final Duration SLOW_TICK = Duration.ofMillis(8);

  /** How many times it looks in vain before it sleeps until it is called. */
  private static final int IDLE_TICKS = 50;

  private static final Duration FOREVER = Duration.ofDays(36_500);

  /** Someone who waits and does not lead. */
  private static final class Follower {
    final Parker parker = new Parker();
    final boolean virtual = Parker.isVirtualThread();
    final BooleanSupplier done;

    Follower(BooleanSupplier done) {
      this.done = done;
    }
  }

  private final Source source;
  private final EventCount called = new EventCount();
  private final Mutex lock = new Mutex(LockRank.STORE);
  // Under the lock:
  private final List<Follower> followers = new ArrayList<>();
  private boolean leading;
  private boolean stopped;

  private volatile boolean asleep;

  /** Someone has taken completions by himself, and may well again. */
  private volatile boolean someoneLed;

  Reaping(Source source) {
    this.source = source;
  }

  /** Starts the ring's own thread, which runs {@code end} when it was stopped. */
  void start(String name, Runnable end) {
    Seam.startDaemon(
        name,
        () -> {
          while (tick()) {
            // until stopped
          }
          end.run();
        });
  }

  /** Ends the ring's own thread; nothing is under way. */
  void stop() {
    lock.lock();
    try {
      stopped = true;
    } finally {
      lock.unlock();
    }
    called.signalAll();
  }

  /** A request was made, and perhaps nobody comes to wait for it. */
  void requested() {
    if (asleep) {
      called.signalAll();
    }
  }

  /**
   * Waits for something that a completion brings about.
   *
   * @param done whether it is so, which is cheap to ask
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted, at the latest after {@link #SLICE_NANOS}
   */
  boolean await(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    if (done.getAsBoolean()) {
      return true;
    }
    Follower follower = null;
    try {
      while (true) {
        if (tryLead()) {
          try {
            return lead(done, deadline);
          } finally {
            someoneLed = true;
            stopLeading();
          }
        }
        if (follower == null) {
          follower = new Follower(done);
          follow(follower);
        }
        if (done.getAsBoolean()) { // after it is known as a follower: no wake is missed
          return true;
        }
        if (!follower.parker.await(deadline)) {
          return done.getAsBoolean();
        }
        if (done.getAsBoolean()) {
          return true;
        }
      }
    } finally {
      if (follower != null) {
        leave(follower);
      }
    }
  }

  /** The same, whatever interrupts come; the thread's interrupt status is as before. */
  void awaitUninterruptibly(BooleanSupplier done) {
    boolean interrupted = false;
    boolean ended = false;
    while (!ended) {
      try {
        ended = await(done, Deadline.after(FOREVER));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    Interrupts.restore(interrupted);
  }

  private boolean tryLead() {
    if (Parker.isVirtualThread()) {
      return false;
    }
    lock.lock();
    try {
      boolean free = !leading && !stopped;
      leading |= free;
      return free;
    } finally {
      lock.unlock();
    }
  }

  private boolean lead(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    while (!done.getAsBoolean()) {
      long remaining = deadline.remainingNanos();
      if (remaining == 0) {
        return false;
      }
      if (Interrupts.take()) {
        throw new InterruptedException();
      }
      source.await(Math.min(remaining, SLICE_NANOS), done);
      wakeDone();
    }
    return true;
  }

  private void wakeDone() {
    lock.lock();
    try {
      for (Follower follower : followers) {
        if (isDone(follower)) {
          follower.parker.wake();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** What a condition throws is for the one who waits for it. */
  private static boolean isDone(Follower follower) {
    try {
      return follower.done.getAsBoolean();
    } catch (RuntimeException e) {
      return true;
    }
  }

  private void stopLeading() {
    lock.lock();
    try {
      leading = false;
      callNext();
    } finally {
      lock.unlock();
    }
  }

  private void follow(Follower follower) {
    lock.lock();
    try {
      followers.add(follower);
      callNext();
    } finally {
      lock.unlock();
    }
  }

  private void leave(Follower follower) {
    lock.lock();
    try {
      followers.remove(follower);
      callNext(); // it may have been the one that was called
    } finally {
      lock.unlock();
    }
  }

  /** With the lock held: sees that someone leads if someone waits. */
  private void callNext() {
    if (leading || followers.isEmpty()) {
      return;
    }
    for (Follower follower : followers) {
      if (!follower.virtual) {
        follower.parker.wake();
        return;
      }
    }
    called.signalAll();
  }

  /** One round of the ring's own thread; false when it was stopped. */
  private boolean tick() {
    int ticket = called.ticket();
    lock.lock();
    boolean lead;
    try {
      if (stopped && !leading) {
        return false; // and nobody will lead again, so nobody looks at the ring's memory
      }
      lead = !leading && followers.stream().anyMatch(follower -> follower.virtual);
      leading |= lead;
    } finally {
      lock.unlock();
    }
    try {
      if (lead) {
        try {
          boolean _ = lead(this::noVirtualOneWaits, Deadline.after(FOREVER));
        } finally {
          stopLeading();
        }
      } else {
        idle(ticket);
      }
    } catch (InterruptedException e) {
      // Nobody has this thread to interrupt it.
    }
    return true;
  }

  private boolean noVirtualOneWaits() {
    lock.lock();
    try {
      return followers.stream().noneMatch(follower -> follower.virtual);
    } finally {
      lock.unlock();
    }
  }

  /** Looks now and then while there are requests, and sleeps when there have been none a while. */
  private void idle(int ticket) throws InterruptedException {
    for (int vain = 0; vain < IDLE_TICKS; vain++) {
      Duration tick = someoneLed ? SLOW_TICK : TICK;
      someoneLed = false;
      if (called.await(ticket, Deadline.after(tick))) {
        return;
      }
      if (source.isBusy()) {
        vain = 0;
        takeIfNobodyLeads();
      }
    }
    asleep = true;
    if (!source.isBusy() && !isStopped()) { // after it is known to be asleep: no request is missed
      boolean _ = called.await(ticket, Deadline.after(FOREVER));
    }
    asleep = false;
  }

  private boolean isStopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }

  private void takeIfNobodyLeads() {
    if (tryLead()) {
      try {
        source.take();
        wakeDone();
      } finally {
        stopLeading();
      }
    }
  }
}
