package dev.longpin.base;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A lock of a rank, held for a few instructions or for the store's own I/O. Not reentrant. */
public final class Mutex {

  private final ReentrantLock lock = new ReentrantLock();
  private final LockRank rank;
  private final boolean controlled;

  /** Makes an open lock. */
  public Mutex(LockRank rank) {
    this(rank, true);
  }

  private Mutex(LockRank rank, boolean controlled) {
    this.rank = rank;
    this.controlled = controlled;
  }

  /**
   * Makes a lock that all caches of the process share, those of several schedulers too: no
   * scheduler sees it. Nothing may be done while it is held that is a step of the seam.
   */
  public static Mutex ofProcess(LockRank rank) {
    return new Mutex(rank, false);
  }

  private @Nullable Scheduler scheduler() {
    return controlled ? Seam.scheduler() : null;
  }

  /** Acquires the lock; for sections that no one holds long. */
  public void lock() {
    LockOrder.acquiring(rank);
    Scheduler scheduler = scheduler();
    if (scheduler != null) {
      scheduler.step(Step.LOCK, this, 0);
      while (!lock.tryLock()) {
        scheduler.await(this, () -> !lock.isLocked(), Long.MAX_VALUE);
      }
    } else {
      lock.lock();
    }
    LockOrder.acquired(rank);
  }

  /**
   * Acquires the lock unless the deadline passes first.
   *
   * @return whether the lock is held
   * @throws InterruptedException if interrupted; the lock is not held
   */
  public boolean lock(Deadline deadline) throws InterruptedException {
    LockOrder.acquiring(rank);
    Scheduler scheduler = scheduler();
    if (scheduler != null) {
      scheduler.step(Step.LOCK, this, 0);
      while (!lock.tryLock()) {
        if (!scheduler.await(this, () -> !lock.isLocked(), deadline.atNanos())) {
          return false;
        }
      }
    } else if (!lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
      return false;
    }
    LockOrder.acquired(rank);
    return true;
  }

  /** Acquires the lock if it is free now. */
  public boolean tryLock() {
    LockOrder.acquiring(rank);
    if (controlled) {
      Seam.step(Step.LOCK, this, 0);
    }
    if (!lock.tryLock()) {
      return false;
    }
    LockOrder.acquired(rank);
    return true;
  }

  /** Releases the lock. */
  public void unlock() {
    lock.unlock();
    LockOrder.released(rank);
    if (controlled) {
      Seam.step(Step.UNLOCK, this, 0);
    }
  }
}
