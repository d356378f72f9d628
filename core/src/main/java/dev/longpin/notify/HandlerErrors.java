package dev.longpin.notify;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.ArrayDeque;
import java.util.List;

/** The last errors that handlers of holders and devices threw. */
public final class HandlerErrors {

  private static final int KEPT = 16;

  private final Mutex lock = new Mutex(LockRank.HOLDERS);
  private final ArrayDeque<String> errors = new ArrayDeque<>();

  /** Notes that a handler of {@code who} threw. */
  public void add(Object who, Throwable error) {
    lock.lock();
    try {
      if (errors.size() == KEPT) {
        errors.removeFirst();
      }
      errors.addLast(who + ": " + error);
    } finally {
      lock.unlock();
    }
  }

  /** Returns them, the oldest first. */
  public List<String> all() {
    lock.lock();
    try {
      return List.copyOf(errors);
    } finally {
      lock.unlock();
    }
  }
}
