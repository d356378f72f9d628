package dev.longpin.revoke;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.base.Randoms;
import dev.longpin.base.Seam;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/**
 * Keys by which peers name the pages of a pin. They can't be guessed, and one that was in use stays
 * out of use for a while after its pin is unmapped: a peer that has not heard of it reaches nothing
 * (I9, H12).
 */
final class Keys {

  /** A key that nobody may get before a time has come. */
  private record Retired(int key, long untilNanos) {}

  private final long quarantineNanos;
  private final Mutex lock = new Mutex(LockRank.STORE);
  // Under the lock:
  private final Set<Integer> taken = new HashSet<>();
  private final ArrayDeque<Retired> quarantine = new ArrayDeque<>();

  /** Makes one that keeps keys out of use for so long. */
  Keys(Duration quarantine) {
    this.quarantineNanos = quarantine.toNanos();
  }

  /** Returns a key that no pin has, or had a short while ago. */
  int take() {
    lock.lock();
    try {
      release();
      int key = Randoms.nextInt();
      while (!taken.add(key)) {
        key++; // the numbers that are out of use are few among 2^32, and still nobody can guess it
      }
      return key;
    } finally {
      lock.unlock();
    }
  }

  /** The pin is unmapped: nobody gets its key for a while. */
  void retire(int key) {
    lock.lock();
    try {
      quarantine.addLast(new Retired(key, Seam.nanoTime() + quarantineNanos));
    } finally {
      lock.unlock();
    }
  }

  private void release() {
    long now = Seam.nanoTime();
    while (!quarantine.isEmpty() && quarantine.getFirst().untilNanos - now <= 0) {
      taken.remove(quarantine.removeFirst().key);
    }
  }

  /** Returns how many keys are in use or in quarantine. */
  int size() {
    lock.lock();
    try {
      release();
      return taken.size();
    } finally {
      lock.unlock();
    }
  }
}
