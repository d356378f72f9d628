package dev.longpin.base;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** A lock of a rank that many may share or one may have alone; acquiring has a deadline. */
public final class SharedLock {

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final LockRank rank;

  /** Makes an open lock. */
  public SharedLock(LockRank rank) {
    this.rank = rank;
  }

  /**
   * Acquires the lock together with others that share it.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted; the lock is not held
   */
  public boolean lockShared(Deadline deadline) throws InterruptedException {
    return acquire(lock.readLock(), deadline, false);
  }

  /**
   * Acquires the lock together with others that share it, if it is free and nobody queues for it
   * alone.
   */
  public boolean tryLockShared() {
    LockOrder.acquiring(rank);
    Scheduler scheduler = Seam.scheduler();
    boolean interrupted = Interrupts.take();
    try {
      if (scheduler != null) {
        scheduler.step(Step.LOCK, this, 0);
        if (!lock.readLock().tryLock()) {
          return false;
        }
      } else if (!lock.readLock().tryLock(0, TimeUnit.NANOSECONDS)) { // the form that yields
        return false;
      }
      LockOrder.acquired(rank);
      return true;
    } catch (InterruptedException e) {
      interrupted = true;
      return false;
    } finally {
      Interrupts.restore(interrupted);
    }
  }

  /**
   * Acquires the lock alone.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted; the lock is not held
   */
  public boolean lockExclusive(Deadline deadline) throws InterruptedException {
    return acquire(lock.writeLock(), deadline, true);
  }

  private boolean acquire(Lock part, Deadline deadline, boolean exclusive)
      throws InterruptedException {
    LockOrder.acquiring(rank);
    Scheduler scheduler = Seam.scheduler();
    if (scheduler != null) {
      scheduler.step(Step.LOCK, this, exclusive ? 1 : 0);
      while (!part.tryLock()) {
        if (!scheduler.await(this, () -> isFree(exclusive), deadline.atNanos())) {
          return false;
        }
      }
    } else if (!part.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
      // The timed form, also with nothing left: it yields to a queued exclusive one.
      return false;
    }
    LockOrder.acquired(rank);
    return true;
  }

  private boolean isFree(boolean exclusive) {
    return !lock.isWriteLocked() && !(exclusive && lock.getReadLockCount() > 0);
  }

  /** Releases the shared lock. */
  public void unlockShared() {
    release(lock.readLock());
  }

  /** Releases the exclusive lock. */
  public void unlockExclusive() {
    release(lock.writeLock());
  }

  private void release(Lock part) {
    part.unlock();
    LockOrder.released(rank);
    Seam.step(Step.UNLOCK, this, 0);
  }

  /** Returns whether any thread has the lock alone. */
  public boolean isHeldAlone() {
    Seam.step(Step.LOAD, this, 0);
    return lock.isWriteLocked();
  }
}
