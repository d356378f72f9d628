package dev.longpin.spi;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import java.nio.file.Path;

/** Memory and stores that know nothing of each other. */
public record PortableEngine(Memory memory, StoreProvider stores) implements Engine {

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    return stores.open(path, mode);
  }

  @Override
  public EngineInfo info() {
    return EngineInfo.of(stores.name());
  }
}
