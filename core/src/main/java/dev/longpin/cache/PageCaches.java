package dev.longpin.cache;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PageCache;
import dev.longpin.mm.CoreMm;
import dev.longpin.spi.DaxStorage;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Memory;
import dev.longpin.spi.PortableEngine;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.FileChannelStoreProvider;
import java.time.Duration;
import java.util.Comparator;
import java.util.ServiceLoader;

/** Makes page caches. */
public final class PageCaches {

  /** How long {@code close()} without a deadline waits for pins before it disconnects them. */
  public static final Duration CLOSE_WAIT = Duration.ofSeconds(2);

  private PageCaches() {}

  /**
   * Makes a cache on the best stores of this machine.
   *
   * @throws OutOfMemoryError if there is not so much memory
   */
  public static PageCache create(CacheConfig config) {
    return create(config, bestStores());
  }

  /** Makes a cache on the stores of {@code provider}. */
  public static PageCache create(CacheConfig config, StoreProvider provider) {
    return create(config, provider.engine(CoreMm.reservation(config)));
  }

  /** Makes a cache on given stores, with its frames in given memory. */
  public static PageCache create(
      CacheConfig config, StoreProvider provider, Memory.Provider memory) {
    Memory frames = memory.allocate(CoreMm.reservation(config));
    return create(config, new PortableEngine(frames, provider));
  }

  /**
   * Makes a cache whose pages are the storage's own: no copy, and no writeback. Pages can't be
   * disconnected there: {@code orDisconnect()} is refused, and memory that a device still reaches
   * when the cache is closed stays mapped and stays its file's, which can't be opened again until
   * the device has let go.
   *
   * @param config such as {@link DaxStorage#config}
   * @throws IllegalArgumentException if the configuration is of another size, of other pages, or of
   *     a cache that can be resized
   * @throws OutOfMemoryError if there is no room to map the storage
   */
  public static PageCache createDax(CacheConfig config, DaxStorage storage) {
    if (config.isResizable()) {
      throw new IllegalArgumentException("a cache on DAX is as large as its storage");
    }
    if (config.pageSize() != storage.pageSize()
        || config.capacityBytes() != storage.capacityBytes()) {
      throw new IllegalArgumentException(
          "a cache of "
              + config.capacityBytes()
              + " bytes in pages of "
              + config.pageSize()
              + ", on storage of "
              + storage.capacityBytes()
              + " in pages of "
              + storage.pageSize());
    }
    return create(config, storage.engine());
  }

  private static PageCache create(CacheConfig config, Engine engine) {
    boolean made = false;
    try {
      DefaultPageCache cache = new DefaultPageCache(config, engine);
      cache.start();
      made = true;
      return cache;
    } finally {
      if (!made) {
        engine.memory().free();
      }
    }
  }

  /** Returns the provider of the highest rank that works on this machine. */
  public static StoreProvider bestStores() {
    return ServiceLoader.load(StoreProvider.class).stream()
        .map(ServiceLoader.Provider::get)
        .filter(StoreProvider::isAvailable)
        .max(Comparator.comparingInt(StoreProvider::rank))
        .orElseGet(FileChannelStoreProvider::new);
  }
}
