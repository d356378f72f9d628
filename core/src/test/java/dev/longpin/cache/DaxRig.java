package dev.longpin.cache;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.StoreException;
import dev.longpin.dax.DaxDevice;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/** A cache on a device of 16 pages of 4 KiB in memory, and a file in it, of so many pages. */
final class DaxRig implements AutoCloseable {

  static final int PAGE = 4096;
  static final int PAGES = 16;
  static final Path PATH = Path.of("file");

  final DaxDevice device;
  final PageCache cache;
  final CachedFile file;

  private DaxRig(DaxDevice device, int pages, UnaryOperator<CacheConfig> change)
      throws LongpinException {
    this.device = device;
    cache = openCache(change);
    file = cache.open(PATH, OpenMode.CREATE);
    file.write(MemorySegment.ofArray(Rig.letters(pages * PAGE, PAGE)), 0);
  }

  /** Makes one with the defaults: long-term pins are refused. */
  static DaxRig ofPages(int pages) throws LongpinException {
    return ofPages(pages, config -> config);
  }

  /** Makes one whose configuration differs. */
  static DaxRig ofPages(int pages, UnaryOperator<CacheConfig> change) throws LongpinException {
    return new DaxRig(DaxDevice.inMemory(PAGES, PAGE), pages, change);
  }

  /** Makes one more cache on the device. */
  PageCache openCache(UnaryOperator<CacheConfig> change) {
    CacheConfig config = device.config().withDeadline(Rig.LONG).withLongtermLimits(PAGES, PAGES);
    return PageCaches.createDax(change.apply(config), device);
  }

  CachedFile open(String name) throws LongpinException {
    return cache.open(Path.of(name), OpenMode.CREATE);
  }

  /** Returns what the device has under a name, past every cache. */
  static byte[] content(DaxDevice device, Path path) throws StoreException {
    var engine = device.engine();
    try (Store store = engine.open(path, OpenMode.READ)) {
      byte[] bytes = new byte[Math.toIntExact(store.stamp().sizeBytes())];
      var _ = store.read(MemorySegment.ofArray(bytes), 0);
      return bytes;
    } finally {
      engine.memory().free();
    }
  }

  byte[] content() throws StoreException {
    return content(device, PATH);
  }

  @Override
  public void close() throws LongpinException {
    cache.close();
    device.close();
  }
}
