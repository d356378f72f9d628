package dev.longpin.api;

import org.jspecify.annotations.Nullable;

/**
 * A range of a file for which a device keeps a page table of its own (a secondary MMU), and is told
 * whenever a part of it is no longer true. Such a device faults pages in on demand and takes no
 * pin: whatever takes pages away makes it forget them first, and so needs no policy. As {@code
 * mmu_interval_notifier} of Linux ({@code mm/mmu_notifier.c}), which RDMA's on-demand paging is
 * built on.
 *
 * <p>A fault of the device:
 *
 * <ol>
 *   <li>{@link #begin}: note the sequence.
 *   <li>{@link #translate}: bring the page in. Nothing of the device's is locked yet.
 *   <li>Take the device's own lock. If the sequence {@link #isCurrent}, put the translation into
 *       its table; else {@linkplain Translation#release release} it and start again.
 * </ol>
 *
 * <p>The {@linkplain InvalidationHandler handler} takes the same lock. So either it finds the
 * translation in the table, or the device finds the sequence changed.
 *
 * <p>Safe for use by several threads.
 */
public interface IntervalNotifier extends AutoCloseable {

  /** Returns the offset in the file of the first byte. */
  long offset();

  /** Returns the length of the range in bytes, which may reach beyond the end of the file. */
  long lengthBytes();

  /** Returns who is told. */
  Holder device();

  /**
   * Waits until no part of the range is being invalidated, and returns its sequence.
   *
   * @throws WaitEndedException if that took longer than the cache's deadline
   * @throws FileClosedException if the file or the notifier is closed
   */
  long begin() throws LongpinException;

  /**
   * Brings the page at an offset into memory and translates it; the device must not use it before
   * {@link #isCurrent}.
   *
   * @param fileOffset in the range
   * @param access {@link Access#READ} or {@link Access#WRITE}
   * @return null if the page is being taken away: begin again
   * @throws PinRefusedException with the reason, such as PAST_END; nothing is translated
   * @throws WaitEndedException if the wait for the page passed the cache's deadline
   */
  @Nullable Translation translate(long fileOffset, Access access) throws LongpinException;

  /**
   * Returns whether nothing of the range was invalidated since {@link #begin} returned {@code
   * sequence}; asked with the device's lock held.
   */
  boolean isCurrent(long sequence);

  /**
   * Ends it and waits until no handler runs, so no handler may call this. Translations that were
   * not released stay their device's until they are.
   *
   * @throws WaitEndedException if a handler ran on beyond the cache's deadline; it is ended all the
   *     same
   */
  @Override
  void close() throws LongpinException;
}
