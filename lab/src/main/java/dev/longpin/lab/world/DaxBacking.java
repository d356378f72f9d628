package dev.longpin.lab.world;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.StoreException;
import dev.longpin.cache.PageCaches;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Store;
import dev.longpin.store.dax.DaxDevice;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** A DAX device that is the world's region, with a space allocator of its own. */
final class DaxBacking implements Backing {

  private final DaxDevice device;

  /** What looks at the device past the cache. */
  private final Engine past;

  DaxBacking(MemorySegment region) {
    device = DaxDevice.in(region, World.PAGE);
    past = device.engine();
  }

  @Override
  public boolean isStorage() {
    return true;
  }

  @Override
  public Disk create(Path path, byte[] content) throws LongpinException {
    try (Store store = past.open(path, OpenMode.CREATE)) {
      store.write(MemorySegment.ofArray(content), 0);
    }
    return new OnDevice(path);
  }

  @Override
  public PageCache cache(CacheConfig config) {
    return PageCaches.createDax(config, device);
  }

  /** Writes pages at the end, until the device has none to give. */
  @Override
  public void wantAll(CachedFile other) throws LongpinException {
    byte[] page = new byte[World.PAGE];
    Arrays.fill(page, (byte) World.OTHER);
    try {
      while (true) {
        other.write(MemorySegment.ofArray(page), other.size());
      }
    } catch (StoreException e) {
      if (e.kind() != StoreException.Kind.NO_SPACE) {
        throw e;
      }
    }
  }

  /** A file of the device: what is in its pages is what it has. */
  private final class OnDevice implements Disk {

    private final Path path;

    OnDevice(Path path) {
      this.path = path;
    }

    @Override
    public byte[] durableContent() {
      try (Store store = past.open(path, OpenMode.READ)) {
        byte[] content = new byte[Math.toIntExact(store.stamp().sizeBytes())];
        long _ = store.read(MemorySegment.ofArray(content), 0);
        return content;
      } catch (StoreException e) {
        return new byte[0]; // it was deleted
      }
    }

    @Override
    public List<String> violations() {
      return List.of();
    }
  }
}
