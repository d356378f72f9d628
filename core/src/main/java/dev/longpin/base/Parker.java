package dev.longpin.base;

import java.util.concurrent.locks.LockSupport;

/**
 * Lets the thread that made it wait until another wakes it. A wake that comes before the wait ends
 * it at once.
 */
public final class Parker {

  private final Thread thread = Thread.currentThread();
  private volatile boolean woken;

  /** Makes one for the calling thread. */
  public Parker() {}

  /** Returns whether the calling thread is a virtual one, which should not block in native code. */
  public static boolean isVirtualThread() {
    return Seam.scheduler() == null && Thread.currentThread().isVirtual();
  }

  /** Ends the wait. */
  public void wake() {
    Seam.step(Step.SIGNAL, this, 0);
    if (!woken) { // else the thread has yet to see the last one, and looks around after that
      woken = true;
      LockSupport.unpark(thread);
    }
  }

  /**
   * Waits for a {@link #wake} since the last wait.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted
   */
  public boolean await(Deadline deadline) throws InterruptedException {
    Scheduler scheduler = Seam.scheduler();
    if (scheduler != null) {
      scheduler.step(Step.AWAIT, this, 0);
      boolean ready = scheduler.await(this, () -> woken, deadline.atNanos());
      woken = false;
      return ready;
    }
    while (!woken) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      long nanos = deadline.remainingNanos();
      if (nanos == 0) {
        return false;
      }
      LockSupport.parkNanos(this, nanos);
    }
    woken = false;
    return true;
  }
}
