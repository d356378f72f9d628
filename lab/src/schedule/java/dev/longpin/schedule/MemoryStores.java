package dev.longpin.schedule;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stores of {@link MemoryFile}s, for scenarios. */
public final class MemoryStores implements StoreProvider {

  private final Map<Path, MemoryFile> files = new ConcurrentHashMap<>();

  /** Makes a file; its content is on disk. */
  public MemoryFile create(Path path, byte[] content) {
    MemoryFile file = new MemoryFile(path, content);
    files.put(path, file);
    return file;
  }

  @Override
  public String name() {
    return "memory";
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
    MemoryFile file = files.get(path);
    if (file == null && mode == OpenMode.CREATE) {
      file = create(path, new byte[0]);
    }
    if (file == null) {
      throw new StoreException(StoreException.Kind.NOT_FOUND, "no file " + path, null);
    }
    return new MemoryStore(files, file);
  }

  /** An open instance of a file. */
  private record MemoryStore(Map<Path, MemoryFile> files, MemoryFile file) implements Store {

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public Identity identity() {
      return new Identity("memory", file);
    }

    @Override
    public Set<Feature> features() {
      return EnumSet.of(Feature.RESERVE, Feature.PUNCH_HOLE);
    }

    @Override
    public int blockSize() {
      return MemoryFile.BLOCK_SIZE;
    }

    @Override
    public Stamp stamp() {
      return file.stamp();
    }

    @Override
    public long read(MemorySegment target, long offset) throws StoreException {
      return file.read(target, offset);
    }

    @Override
    public void write(MemorySegment source, long offset) throws StoreException {
      file.write(source, offset);
    }

    @Override
    public void sync() throws StoreException {
      file.sync();
    }

    @Override
    public void truncate(long sizeBytes) throws StoreException {
      file.truncate(sizeBytes);
    }

    @Override
    public void punchHole(long offset, long lengthBytes) throws StoreException {
      file.punchHole(offset, lengthBytes);
    }

    @Override
    public void reserve(long offset, long lengthBytes) throws StoreException {
      file.reserve(offset, lengthBytes);
    }

    @Override
    public long nextData(long offset) {
      return Math.min(offset, file.stamp().sizeBytes());
    }

    @Override
    public void delete() throws StoreException {
      file.delete();
      files.remove(file.path(), file);
    }

    @Override
    public void close() {
      // The file stays.
    }
  }
}
