package dev.longpin.bench;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** A temporary file of which every page is in a cache, and nothing that works in the background. */
final class ResidentFile implements AutoCloseable {

  /** Bytes a page. */
  static final int PAGE_SIZE = 4 << 10;

  private static final int SPARE_BYTES = 1 << 20;

  private final PageCache cache;
  private final CachedFile file;

  /**
   * Makes the file and pins each of its pages once: so all of them are resident, those that were
   * pinned for writing have their space, and the compiler has seen the slow path taken, as it has
   * in every real program.
   */
  ResidentFile(long sizeBytes, Access access) throws IOException, LongpinException {
    CacheConfig config = CacheConfig.ofSize(sizeBytes + SPARE_BYTES, PAGE_SIZE);
    cache =
        PageCaches.create(
            config
                .withReadahead(0)
                .withDirtyLimits(config.frameCount(), config.frameCount())
                .withBackgroundWriteback(false, Duration.ofSeconds(1)));
    Path path = Files.createTempFile("longpin-bench", ".data");
    file = cache.open(path, OpenMode.WRITE);
    file.truncate(sizeBytes);
    for (long offset = 0; offset < sizeBytes; offset += PAGE_SIZE) {
      try (Pin pin = file.pin(offset, PAGE_SIZE, access)) {
        if (access.writes()) {
          pin.putLong(0, offset);
        }
      }
    }
  }

  /** Returns the file. */
  CachedFile file() {
    return file;
  }

  /** Deletes the file, with what was written to it, and closes the cache. */
  @Override
  public void close() throws LongpinException {
    try (cache) {
      file.delete(Unmapping.DEFAULT);
    }
  }
}
