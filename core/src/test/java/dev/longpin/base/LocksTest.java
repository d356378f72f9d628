package dev.longpin.base;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lock whose acquisition ends at its deadline or by an interrupt leaves nothing held. */
@Timeout(60)
final class LocksTest {

  private static final Duration SHORT = Duration.ofMillis(5);
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void aMutexNotAcquiredInTimeIsNotHeld() throws Exception {
    Mutex lock = new Mutex(LockRank.FILES);
    lock.lock();
    onAnotherThread(() -> {
      assertFalse(lock.lock(Deadline.after(SHORT)));
      assertFalse(lock.tryLock());
      assertFalse(LockOrder.holds(LockRank.FILES));
      return null;
    });
    lock.unlock();
    onAnotherThread(() -> {
      assertTrue(lock.lock(Deadline.after(SHORT)));
      lock.unlock();
      return null;
    });
  }

  @Test
  void aMutexWhoseWaitIsInterruptedIsNotHeld() throws Exception {
    Mutex lock = new Mutex(LockRank.FILES);
    lock.lock();
    onAnotherThread(() -> {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> lock.lock(Deadline.after(LONG)));
      assertFalse(LockOrder.holds(LockRank.FILES));
      return null;
    });
    lock.unlock();
    assertTrue(lock.tryLock());
    lock.unlock();
  }

  @Test
  void aSharedLockNotAcquiredInTimeIsNotHeld() throws Exception {
    SharedLock lock = new SharedLock(LockRank.INVALIDATE);
    assertTrue(lock.lockShared(Deadline.after(SHORT)));
    onAnotherThread(() -> {
      assertFalse(lock.lockExclusive(Deadline.after(SHORT)));
      assertFalse(LockOrder.holds(LockRank.INVALIDATE));
      assertTrue(lock.lockShared(Deadline.after(SHORT)));
      lock.unlockShared();
      return null;
    });
    lock.unlockShared();
    assertTrue(lock.lockExclusive(Deadline.after(SHORT)));
    onAnotherThread(() -> {
      assertFalse(lock.lockShared(Deadline.after(SHORT)));
      assertFalse(lock.lockExclusive(Deadline.after(Duration.ZERO)));
      assertTrue(lock.isHeldAlone());
      assertFalse(LockOrder.holds(LockRank.INVALIDATE));
      return null;
    });
    lock.unlockExclusive();
    assertFalse(lock.isHeldAlone());
    onAnotherThread(() -> {
      assertTrue(lock.lockExclusive(Deadline.after(SHORT)));
      lock.unlockExclusive();
      return null;
    });
  }

  @Test
  void aSharedLockWhoseWaitIsInterruptedIsNotHeld() throws Exception {
    SharedLock lock = new SharedLock(LockRank.INVALIDATE);
    assertTrue(lock.lockExclusive(Deadline.after(SHORT)));
    onAnotherThread(() -> {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> lock.lockShared(Deadline.after(LONG)));
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> lock.lockExclusive(Deadline.after(LONG)));
      assertFalse(LockOrder.holds(LockRank.INVALIDATE));
      return null;
    });
    lock.unlockExclusive();
    assertTrue(lock.lockExclusive(Deadline.after(SHORT)));
    lock.unlockExclusive();
  }

  /** Else a steady stream of writes would keep every truncate waiting to its deadline. */
  @Test
  void sharersThatTakeTurnsDoNotKeepTheExclusiveOneOut() throws Exception {
    SharedLock lock = new SharedLock(LockRank.INVALIDATE);
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
      List<Future<?>> sharers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        sharers.add(threads.submit(() -> shareUntil(stop, lock)));
      }
      Thread.sleep(50);
      boolean acquired = lock.lockExclusive(Deadline.after(Duration.ofSeconds(5)));
      if (acquired) {
        lock.unlockExclusive();
      }
      stop.set(true);
      for (Future<?> sharer : sharers) {
        sharer.get();
      }
      assertTrue(acquired, "starved");
    }
  }

  private static Void shareUntil(AtomicBoolean stop, SharedLock lock) throws InterruptedException {
    while (!stop.get()) {
      assertTrue(lock.lockShared(Deadline.after(LONG)));
      Thread.sleep(1); // an I/O under the lock
      lock.unlockShared();
    }
    return null;
  }

  private static void onAnotherThread(Callable<Void> action) throws Exception {
    try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
      thread.submit(action).get();
    }
  }
}
