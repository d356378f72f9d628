package dev.longpin.linux;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.FileChannelStore;
import java.nio.file.FileSystems;
import java.nio.file.Path;

/** Opens files on Linux with what the C library offers beyond Java. */
public final class LinuxStoreProvider implements StoreProvider {

  /** Holds the locks of the process; made only where there is a C library. */
  private static final class Shared {
    static final Libc LIBC = require(Linux.here());
    static final FileLocks LOCKS = new FileLocks(LIBC);

    private static Libc require(Linux linux) {
      Libc libc = linux.libc();
      if (libc == null) {
        throw new IllegalStateException("not available: " + linux.problem());
      }
      return libc;
    }
  }

  /** Makes one. */
  public LinuxStoreProvider() {}

  @Override
  public String name() {
    return "Linux";
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public boolean isAvailable() {
    return Linux.here().libc() != null;
  }

  /** Returns why {@link #isAvailable} is false, or the empty string. */
  public String problem() {
    return Linux.here().problem();
  }

  /**
   * Opens a file; one that isn't on the default file system (in a zip, say) as the portable way.
   */
  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return FileChannelStore.open(path, mode);
    }
    return LinuxStore.open(Shared.LIBC, Shared.LOCKS, path, mode);
  }
}
