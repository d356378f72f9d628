package dev.longpin.store;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import java.nio.file.Path;

/** Opens {@link FileChannelStore}s: the portable choice. */
public final class FileChannelStoreProvider implements StoreProvider {

  /** Makes one. */
  public FileChannelStoreProvider() {}

  @Override
  public String name() {
    return "FileChannel";
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    return FileChannelStore.open(path, mode);
  }
}
