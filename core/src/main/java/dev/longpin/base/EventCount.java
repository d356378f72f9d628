package dev.longpin.base;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Something that happens again and again and can be awaited without losing an occurrence: take a
 * {@linkplain #ticket ticket}, look whether what you wait for is already so, and if not {@linkplain
 * #await await} the next signal after the ticket.
 */
public final class EventCount {

  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile int count;

  /** Makes one that nothing has happened to. */
  public EventCount() {}

  /** Returns the number of signals so far, to be passed to {@link #await}. */
  public int ticket() {
    Seam.step(Step.LOAD, this, 0);
    return count;
  }

  /**
   * Waits until a signal comes after {@code ticket} was taken.
   *
   * @return false if the deadline passed first
   * @throws InterruptedException if interrupted
   */
  public boolean await(int ticket, Deadline deadline) throws InterruptedException {
    Scheduler scheduler = Seam.scheduler();
    if (scheduler != null) {
      scheduler.step(Step.AWAIT, this, 0);
      return scheduler.await(this, () -> count != ticket, deadline.atNanos());
    }
    lock.lockInterruptibly();
    try {
      while (count == ticket) {
        if (changed.awaitNanos(deadline.remainingNanos()) <= 0 && count == ticket) {
          return false;
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a signal or a short while: what is awaited may also come about without one.
   *
   * @return false if the deadline passed first; otherwise it is time to look again
   * @throws InterruptedException if interrupted
   */
  public boolean awaitOrLookAgain(int ticket, Deadline deadline) throws InterruptedException {
    return await(ticket, deadline.atMost(LOOK_AGAIN)) || !deadline.passed();
  }

  /** Ends the wait of everyone who took a ticket before. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // written under the lock only
  public void signalAll() {
    Seam.step(Step.SIGNAL, this, 0);
    lock.lock();
    try {
      count++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
