package dev.longpin.spi;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import java.nio.file.Path;

/** What one cache has of the outside world: the memory of its frames, and files that suit it. */
public interface Engine {

  /** Returns the memory; it is {@linkplain Memory#free freed} after the last store was closed. */
  Memory memory();

  /**
   * Opens a regular file and locks it against other processes: shared for reading, alone for
   * writing. Two instances in one process never get in each other's way.
   *
   * @throws StoreException with {@code NOT_FOUND}, {@code NOT_A_FILE}, {@code PERMISSION} or {@code
   *     LOCKED}; nothing is open, and no file was made
   */
  Store open(Path path, OpenMode mode) throws StoreException;

  /** Returns what is used, for {@code stats()}. */
  EngineInfo info();
}
