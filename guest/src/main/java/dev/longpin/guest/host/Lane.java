package dev.longpin.guest.host;

import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import java.util.ArrayDeque;
import java.util.Queue;

/** Work of one guest that may wait, done one after the other, away from who listens to it. */
final class Lane {

  private final String name;
  private final EventCount changed;
  private final Mutex lock = new Mutex(LockRank.STORE);
  private final Queue<Runnable> work = new ArrayDeque<>(); // under the lock
  private boolean busy; // under the lock

  /**
   * Makes one without work.
   *
   * @param changed is signalled when the work is done
   */
  Lane(String name, EventCount changed) {
    this.name = name;
    this.changed = changed;
  }

  void add(Runnable piece) {
    boolean start;
    lock.lock();
    try {
      work.add(piece);
      start = !busy;
      busy = true;
    } finally {
      lock.unlock();
    }
    if (start) {
      Seam.startTask(name, this::run);
    }
  }

  /** Returns how much there is to do. */
  int size() {
    lock.lock();
    try {
      return work.size() + (busy ? 1 : 0);
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (true) {
      Runnable next;
      lock.lock();
      try {
        next = work.poll();
        busy = next != null;
      } finally {
        lock.unlock();
      }
      if (next == null) {
        changed.signalAll();
        return;
      }
      next.run();
    }
  }
}
