package dev.longpin.spi;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PinPolicies;
import java.time.Duration;

/**
 * Storage whose pages are themselves the memory that devices hold (DAX): a cache on it has no
 * frames of its own, copies nothing in, and writes nothing back. Its stores have {@link
 * Store.Feature#DAX}.
 */
public interface DaxStorage {

  /** Returns the size of a page in bytes. */
  int pageSize();

  /** Returns how many bytes of files can be mapped at a time: a multiple of the page size. */
  long capacityBytes();

  /**
   * Returns the part of one cache. Its memory is {@linkplain Memory#isStorage the storage}, and is
   * {@linkplain Memory#free freed} when the cache is closed and no device can reach a page of it
   * any more; until then it stays mapped, if need be for the life of the process. The name and the
   * notes of its {@link Engine#info} say how it is mapped.
   *
   * @throws OutOfMemoryError if there is no room to map it
   */
  Engine engine();

  /**
   * Returns the defaults for a cache: policy {@code REFUSE}, as Linux refuses long-term pins of DAX
   * mappings ({@code check_vma_flags}), and nothing in the background.
   */
  default CacheConfig config() {
    return CacheConfig.ofSize(capacityBytes(), pageSize())
        .withPolicy(PinPolicies.REFUSE)
        .withBackgroundWriteback(false, Duration.ofSeconds(1))
        .withReadahead(0);
  }
}
