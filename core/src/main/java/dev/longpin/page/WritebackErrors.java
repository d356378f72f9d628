package dev.longpin.page;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import org.jspecify.annotations.Nullable;

/**
 * The errors of writing a file back, so that every opener sees one once (the kernel's {@code
 * errseq_t}): an opener remembers the count that it has seen.
 */
public final class WritebackErrors {

  /** Both in one: who sees the count has the error. */
  private record Seen(long count, @Nullable Throwable last) {}

  private final Mutex lock = new Mutex(LockRank.STORE);
  private volatile Seen seen = new Seen(0, null);

  /** Records an error. */
  public void record(Throwable error) {
    lock.lock();
    try {
      seen = new Seen(seen.count + 1, error);
    } finally {
      lock.unlock();
    }
  }

  /** Returns how many there have been. */
  public long count() {
    return seen.count;
  }

  /** Returns the last one, if there was any. */
  public @Nullable Throwable last() {
    return seen.last;
  }
}
