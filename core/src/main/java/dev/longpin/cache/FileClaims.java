package dev.longpin.cache;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.spi.Store;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which files the caches of this process have open. Two caches would not see each other's writes,
 * so a file is open in one cache, or only for reading in all that have it: what a store's lock sees
 * to between processes. A cache that was forgotten without being closed claims nothing.
 */
final class FileClaims {

  /** That a cache has a file open. */
  private static final class Claim extends WeakReference<OpenFiles> {
    final Store.Identity file;
    boolean writes;

    Claim(Store.Identity file, OpenFiles cache) {
      super(cache, FORGOTTEN);
      this.file = file;
    }
  }

  private static final Mutex LOCK = Mutex.ofProcess(LockRank.STORE);
  private static final ReferenceQueue<OpenFiles> FORGOTTEN = new ReferenceQueue<>();
  private static final Map<Store.Identity, List<Claim>> CLAIMS = new HashMap<>();

  private FileClaims() {}

  /**
   * Claims a file for a cache, or claims for writing too what it had for reading.
   *
   * @return false if another cache is in the way
   */
  static boolean tryClaim(Store.Identity file, OpenFiles cache, boolean writes) {
    LOCK.lock();
    try {
      forget();
      Claim own = null;
      for (Claim claim : CLAIMS.getOrDefault(file, List.of())) {
        if (claim.refersTo(cache)) {
          own = claim;
        } else if (!claim.refersTo(null) && (writes || claim.writes)) {
          return false;
        }
      }
      if (own == null) {
        own = new Claim(file, cache);
        CLAIMS.computeIfAbsent(file, unclaimed -> new ArrayList<>()).add(own);
      }
      own.writes |= writes;
      return true;
    } finally {
      LOCK.unlock();
    }
  }

  /** Ends a cache's claim to a file. */
  static void release(Store.Identity file, OpenFiles cache) {
    LOCK.lock();
    try {
      for (Claim claim : List.copyOf(CLAIMS.getOrDefault(file, List.of()))) {
        if (claim.refersTo(cache)) {
          remove(claim);
        }
      }
    } finally {
      LOCK.unlock();
    }
  }

  private static void forget() {
    for (Reference<?> gone = FORGOTTEN.poll(); gone != null; gone = FORGOTTEN.poll()) {
      remove((Claim) gone);
    }
  }

  private static void remove(Claim claim) {
    List<Claim> claims = CLAIMS.get(claim.file);
    if (claims != null && claims.remove(claim) && claims.isEmpty()) {
      CLAIMS.remove(claim.file);
    }
  }
}
