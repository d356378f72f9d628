package dev.longpin.lab.world;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PageCache;
import dev.longpin.cache.PageCaches;
import dev.longpin.schedule.MemoryFile;
import dev.longpin.schedule.MemoryStores;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** Files on disks in memory, and frames of the world's region. */
final class MemoryBacking implements Backing {

  private final MemorySegment region;
  private final MemoryStores stores = new MemoryStores();

  MemoryBacking(MemorySegment region) {
    this.region = region;
  }

  private record OnDisk(MemoryFile file) implements Disk {

    @Override
    public byte[] durableContent() {
      return file.durableContent();
    }

    @Override
    public List<String> violations() {
      return file.violations();
    }
  }

  @Override
  public Disk create(Path path, byte[] content) {
    return new OnDisk(stores.create(path, content));
  }

  @Override
  public PageCache cache(CacheConfig config) {
    return PageCaches.create(config, stores, wanted -> RegionMemory.of(region, wanted));
  }

  /** Reads one byte of each page, so that they come into memory. */
  @Override
  public void wantAll(CachedFile other) throws LongpinException {
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    for (long offset = World.PLACE; offset < other.size(); offset += World.PAGE) {
      long _ = other.read(one, offset);
    }
  }
}
