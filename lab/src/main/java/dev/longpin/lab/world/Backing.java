package dev.longpin.lab.world;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.PageCache;
import java.nio.file.Path;
import java.util.List;

/** What the files of a world lie on, below the code under test. */
interface Backing {

  /** A file, past the cache. */
  interface Disk {

    /** Returns what a power cut would leave. */
    byte[] durableContent();

    /** Returns what the file was asked that nobody may ask it. */
    List<String> violations();
  }

  /** Makes a file. */
  Disk create(Path path, byte[] content) throws LongpinException;

  /** Makes the cache, in the memory of the world. */
  PageCache cache(CacheConfig config);

  /** Makes a file, all of one letter, want all frames, or all pages of the storage. */
  void wantAll(CachedFile other) throws LongpinException;

  /** Returns whether the pages of files are the storage: what one gives up another takes. */
  default boolean isStorage() {
    return false;
  }
}
