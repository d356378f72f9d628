package dev.longpin.mm;

import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A few buffers of a page, reserved when the cache was made, into which pages under write pins are
 * copied to be written (I4): a force makes progress however full the cache is.
 */
public final class BouncePool {

  /** How many there are. */
  public static final int BUFFERS = 4;

  private final Mutex lock = new Mutex(LockRank.FRAMES);
  private final EventCount returned = new EventCount();
  private final ArrayDeque<MemorySegment> free = new ArrayDeque<>();

  private BouncePool() {}

  /** Makes one without buffers, for pages that are not written back. */
  static BouncePool none() {
    return new BouncePool();
  }

  BouncePool(MemorySegment region, long offset, int pageSize) {
    for (int i = 0; i < BUFFERS; i++) {
      free.add(region.asSlice(offset + (long) i * pageSize, pageSize));
    }
  }

  /** Takes a buffer, or returns null when the deadline passed. */
  @Nullable MemorySegment take(Deadline deadline) throws InterruptedException {
    while (true) {
      int ticket = returned.ticket();
      lock.lock();
      try {
        MemorySegment buffer = free.poll();
        if (buffer != null) {
          return buffer;
        }
      } finally {
        lock.unlock();
      }
      if (!returned.await(ticket, deadline)) {
        return null;
      }
    }
  }

  /** Gives a buffer back. */
  void give(MemorySegment buffer) {
    lock.lock();
    try {
      free.add(buffer);
    } finally {
      lock.unlock();
    }
    returned.signalAll();
  }
}
