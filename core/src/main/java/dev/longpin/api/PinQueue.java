package dev.longpin.api;

import java.util.NoSuchElementException;

/**
 * Short pins of ranges that are taken in the order in which their pages come into memory: so one
 * thread keeps as many reads under way as it likes, and always has the one that is there first.
 * Until a range is taken it is not pinned, and a hint like {@link CachedFile#prefetch}. For one
 * thread at a time. Holds nothing, and needs no close.
 */
public interface PinQueue {

  /**
   * Adds a range and begins to read what is not in memory. Waits for no data; the reads may be
   * given to the kernel with the next {@link #take}, a few at a time, or up to a millisecond later.
   *
   * @throws IllegalArgumentException if the range is no range, or empty
   * @throws FileClosedException if the file is closed
   */
  void submit(long offset, long lengthBytes);

  /**
   * Waits for the first of the ranges to be in memory, and pins it. What was never read, because
   * there was no frame or a cut was under way, or what has left the memory again, is read now.
   *
   * @throws NoSuchElementException if the queue is empty
   * @throws PinRefusedException with the reason; the range is off the queue, and nothing is pinned
   * @throws WaitEndedException if the cache's default deadline passed, or the thread was
   *     interrupted; before any range came the queue is as before
   * @throws LongpinException if the range can't be read; it is off the queue
   */
  Pin take() throws LongpinException;

  /** Returns the number of ranges that were submitted and not taken. */
  int size();
}
