package dev.longpin.cache;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.spi.Store;
import java.util.HashMap;
import java.util.Map;

/**
 * Which files the caches of this process have open. Two caches would not see each other's writes,
 * so a file is open in one cache, or only for reading in all that have it: what a store's lock sees
 * to between processes.
 */
final class FileClaims {

  private static final Mutex LOCK = new Mutex(LockRank.STORE);

  /** For each file the caches that have it, and whether they write it. */
  private static final Map<Store.Identity, Map<Object, Boolean>> CLAIMS = new HashMap<>();

  private FileClaims() {}

  /**
   * Claims a file for a cache, or for writing too what it had for reading.
   *
   * @return false if another cache is in the way
   */
  static boolean tryClaim(Store.Identity file, Object cache, boolean writes) {
    LOCK.lock();
    try {
      Map<Object, Boolean> claims = CLAIMS.getOrDefault(file, Map.of());
      boolean free =
          claims.entrySet().stream()
              .allMatch(claim -> claim.getKey().equals(cache) || !(writes || claim.getValue()));
      if (free) {
        CLAIMS
            .computeIfAbsent(file, unclaimed -> new HashMap<>())
            .merge(cache, writes, Boolean::logicalOr);
      }
      return free;
    } finally {
      LOCK.unlock();
    }
  }

  /** Ends a cache's claim to a file. */
  static void release(Store.Identity file, Object cache) {
    LOCK.lock();
    try {
      Map<Object, Boolean> claims = CLAIMS.get(file);
      if (claims != null) {
        claims.remove(cache);
        if (claims.isEmpty()) {
          CLAIMS.remove(file);
        }
      }
    } finally {
      LOCK.unlock();
    }
  }
}
