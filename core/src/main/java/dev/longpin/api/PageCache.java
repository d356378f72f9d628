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

  /**
   * Makes the cache larger or smaller while it is in use, by whole {@linkplain
   * CacheConfig#blockBytes blocks}. Pages move out of the blocks that go, and devices that are told
   * when pages go fault them in again; where there is no room for all, clean pages are dropped. The
   * limits on long-term pins and on dirty pages change in proportion.
   *
   * <p>What is pinned long-term is not awaited, and its block stays; what is in the way for a
   * moment is, up to the deadline. So the result may be partial, and says so.
   *
   * @param capacityBytes of the {@linkplain CacheConfig#withCapacityRange range} of the
   *     configuration
   * @throws NoMemoryException if there is no memory to grow; what was added by then stays
   * @throws WaitInterruptedException if interrupted; what was given back by then is
   * @throws FileClosedException if the cache is closed
   * @throws UnsupportedOperationException if the memory of this cache can't be given back in parts,
   *     as that of the portable stores
   */
  ResizeResult resize(long capacityBytes, Duration deadline) throws LongpinException;

  /** Does {@link #resize(long, Duration)} with the default deadline. */
  ResizeResult resize(long capacityBytes) throws LongpinException;

  /**
   * Lends memory to a holder: the pages that it pins long-term are moved there, and a descriptor of
   * it can be handed to another process. Comes out of {@link CacheConfig#lendableBytes}, in whole
   * {@linkplain CacheConfig#blockBytes blocks}.
   *
   * @throws NoMemoryException if so much is not left, or the machine has none
   * @throws IllegalStateException if the holder has such memory
   * @throws UnsupportedOperationException if the memory of this cache can't be lent, as that of the
   *     portable stores
   */
  HolderMemory lend(Holder holder, long bytes) throws LongpinException;

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
