package dev.longpin.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Pages of many files in one region of memory, which devices can hold. Made by {@code
 * dev.longpin.cache.PageCaches}. Safe for use from platform and virtual threads.
 */
public interface PageCache extends AutoCloseable {

  /**
   * Opens a file. A file that is open already, by whatever name, shares its pages with the other
   * instances (one address space per device and inode). A second process, or a second cache of this
   * one, can have it only if both only read; between processes this takes a lock that the portable
   * store lacks ({@link CacheStats#locksFiles}).
   *
   * @throws StoreException if the file is missing, not a regular file, not permitted, or {@code
   *     LOCKED} by another
   * @throws FileChangedException if the file is open already and another program changed it since;
   *     the other instances are told as well, and opening it again joins them
   * @throws FileClosedException if the cache is closed
   */
  CachedFile open(Path path, OpenMode mode) throws LongpinException;

  /** Returns the page size in bytes. */
  int pageSize();

  /** Returns every long-term pin: who holds what, since when, taken where. */
  List<HolderInfo> holders();

  /** Returns the state of the cache at this moment. */
  CacheStats stats();

  /**
   * Closes every open file as {@link CachedFile#close(Duration)} does, and then the cache.
   *
   * @throws WaitEndedException if a pin did not end in time; the cache and its files stay open,
   *     except those that were closed by then
   */
  void close(Duration deadline) throws LongpinException;

  /**
   * Closes every open file as {@link CachedFile#close()} does. Memory that a device never let go of
   * stays mapped for the life of the process, and {@link #stats} reports it.
   *
   * @throws LongpinException if dirty pages could not be written; everything is closed all the same
   */
  @Override
  void close() throws LongpinException;
}
