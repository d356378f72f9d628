package dev.longpin.linux;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Engine;
import dev.longpin.spi.EngineInfo;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import java.nio.file.Path;
import java.util.List;

/** What a cache uses where there is no io_uring: frames in a memfd, data by FileChannel. */
record ChannelEngine(StoreProvider files, Memory memory, List<String> notes) implements Engine {

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    return files.open(path, mode);
  }

  @Override
  public EngineInfo info() {
    return new EngineInfo(files.name(), 0, 0, notes);
  }
}
