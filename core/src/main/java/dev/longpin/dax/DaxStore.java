package dev.longpin.dax;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Checks;
import dev.longpin.base.Seam;
import dev.longpin.base.Step;
import dev.longpin.spi.Store;
import dev.longpin.store.StoreErrors;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** A file of a {@link DaxDevice} that is open. */
final class DaxStore implements Store {

  private final DaxDevice device;
  private final DaxInode inode;
  private final Path path;
  private final OpenMode mode;
  private boolean closed;

  DaxStore(DaxDevice device, DaxInode inode, Path path, OpenMode mode) {
    this.device = device;
    this.inode = inode;
    this.path = path;
    this.mode = mode;
  }

  private long locked(LongSupplier action) {
    Seam.step(Step.OUTSIDE, this, 0);
    device.lock().lock();
    try {
      return action.getAsLong();
    } finally {
      device.lock().unlock();
    }
  }

  private void change(Runnable action) {
    var _ =
        locked(() -> {
          action.run();
          return 0L;
        });
  }

  private void requireWritable(String operation) throws StoreException {
    if (!mode.writes()) {
      throw StoreErrors.failed(Kind.PERMISSION, operation, path, "opened for reading", null);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public Identity identity() {
    return new Identity(device, inode);
  }

  /** No other process can reach the files. */
  @Override
  public Set<Feature> features() {
    return EnumSet.allOf(Feature.class);
  }

  @Override
  public int blockSize() {
    return device.pageSize();
  }

  /** Without times: nobody but our own caches can change the file. */
  @Override
  public Stamp stamp() {
    return new Stamp(locked(inode::size), 0, 0);
  }

  @Override
  public long read(MemorySegment target, long offset) {
    return locked(() -> {
      long length = Math.clamp(inode.size() - offset, 0, target.byteSize());
      inode.read(target.asSlice(0, length), offset);
      return length;
    });
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    Checks.range(offset, source.byteSize());
    requireWritable("write");
    reserve(offset, source.byteSize());
    change(() -> inode.write(source, offset));
  }

  /** What was written is in the pages: they only have to leave the CPU's caches. */
  @Override
  public void sync() {
    List<Integer> pages;
    device.lock().lock();
    try {
      pages = inode.pages();
    } finally {
      device.lock().unlock();
    }
    device.flush(pages);
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    Checks.range(0, sizeBytes);
    requireWritable("truncate");
    change(() -> inode.truncate(sizeBytes));
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("punch");
    change(() -> {
      long end = Math.min(inode.size(), offset + lengthBytes);
      if (offset < end) {
        inode.punch(offset, end);
      }
    });
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    Checks.range(offset, lengthBytes);
    requireWritable("reserve");
    if (locked(() -> inode.tryAllocate(offset, lengthBytes) ? 1 : 0) == 0) {
      throw StoreErrors.failed(
          Kind.NO_SPACE,
          "space for [" + offset + ", " + (offset + lengthBytes) + ")",
          path,
          "the DAX device has " + device.freePages() + " free pages",
          null);
    }
  }

  @Override
  public int mapPage(long pageIndex, boolean allocate) throws StoreException {
    int page = (int) locked(() -> inode.page(pageIndex));
    if (page >= 0 || !allocate) {
      return page >= 0 ? page : HOLE;
    }
    reserve(Math.multiplyExact(pageIndex, (long) device.pageSize()), device.pageSize());
    return (int) locked(() -> inode.page(pageIndex));
  }

  @Override
  public long nextData(long offset) {
    return locked(() -> inode.nextData(offset));
  }

  @Override
  public void delete() throws StoreException {
    requireWritable("delete");
    change(() -> {
      device.removeName(inode);
      inode.delete();
    });
  }

  @Override
  public void close() {
    change(() -> {
      if (!closed) {
        closed = true;
        inode.close();
      }
    });
  }
}
