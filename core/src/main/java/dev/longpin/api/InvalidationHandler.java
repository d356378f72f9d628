package dev.longpin.api;

import org.jspecify.annotations.Nullable;

/**
 * How a device that keeps a page table of its own is told to forget a part of it. In two passes, so
 * that slow devices overlap: the first of every device is started before any second one is awaited.
 *
 * <p>Called on a thread of its own, with no lock of the cache held; for overlapping ranges also
 * concurrently with itself. An exception, or a handler that never returns, leaves the device its
 * pages: what needs them waits for {@link Translation#release}, to its deadline, and reclaim goes
 * on without them. It is listed in {@link CacheStats#handlerErrors}.
 */
@FunctionalInterface
public interface InvalidationHandler {

  /**
   * First pass: with the device's lock held, takes the translations out of its table, so that no
   * access starts. Does not wait for accesses that are in flight.
   *
   * @return what waits for them and {@linkplain Translation#release releases} the translations;
   *     null if they are released already
   */
  @Nullable SecondPass invalidate(Invalidation invalidation) throws Exception;

  /**
   * Waits until no access is in flight, and releases what the first pass took out. Must not wait
   * for an access that faults itself: no fault begins in the range before this has ended.
   */
  @FunctionalInterface
  interface SecondPass {
    /** Returns when the device is done. */
    void await() throws Exception;
  }
}
