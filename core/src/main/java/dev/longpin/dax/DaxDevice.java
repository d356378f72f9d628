package dev.longpin.dax;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.spi.DaxStorage;
import dev.longpin.spi.Engine;
import dev.longpin.spi.EngineInfo;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Store;
import dev.longpin.store.StoreErrors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jdk.nio.mapmode.ExtendedMapMode;
import org.jspecify.annotations.Nullable;

/**
 * A device of so many pages with a file system on it, as small as can be: one mapping that is the
 * storage, {@linkplain DaxSpace its free space}, and {@linkplain DaxInode files} that are lists of
 * pages. It stands in for a file system with DAX, and as there, a page that one file gives up is
 * the next one's to have, whoever still knows its address: only those who cut files can see to it
 * that nobody does.
 *
 * <p>The names and the lists are in the heap of the process: the files last as long as the device
 * is open. The mapping itself is made with MAP_SYNC where the file system of its file can do that;
 * otherwise it is shared memory of a file, best one on tmpfs. {@link EngineInfo#name} says which.
 *
 * <p>Caches come and go while it is open. Safe for use from several threads.
 */
public final class DaxDevice implements DaxStorage, AutoCloseable {

  private static final int ZEROS = 1 << 16;

  private final MemorySegment region;
  private final int pageSize;
  private final EngineInfo info;

  /** What the mapping lives in, if it is ours to end. */
  private final @Nullable Arena arena;

  private final Mutex lock = new Mutex(LockRank.STORE);
  private final DaxSpace space;
  // Under the lock:
  private final Map<Path, DaxInode> names = new HashMap<>();
  private int engines;
  private boolean closed;

  private DaxDevice(
      MemorySegment region, int pageSize, String how, List<String> notes, @Nullable Arena arena) {
    this.region = region;
    this.pageSize = pageSize;
    this.info = new EngineInfo("dax, " + how, 0, 0, notes);
    this.arena = arena;
    this.space = new DaxSpace(region, pageSize);
  }

  /** Makes one in memory that the caller has; it is zeroed. */
  public static DaxDevice in(MemorySegment memory, int pageSize) {
    if (memory.byteSize() % pageSize != 0) {
      throw new IllegalArgumentException(memory.byteSize() + " bytes are no pages of " + pageSize);
    }
    return new DaxDevice(memory, pageSize, "a stand-in in memory", lastingNotes(), null);
  }

  /** Makes one in memory of its own. */
  @SuppressWarnings("MustBeClosedChecker") // closed with the device
  public static DaxDevice inMemory(int pageCount, int pageSize) {
    Arena arena = Arena.ofShared();
    MemorySegment memory = arena.allocate((long) pageCount * pageSize, pageSize);
    return new DaxDevice(memory, pageSize, "a stand-in in memory", lastingNotes(), arena);
  }

  /**
   * Makes one in a new file, which loses its name at once. All of its space is taken now.
   *
   * @param dir a directory: on a file system with DAX, or else on a tmpfs
   * @throws StoreException if the file can't be made, {@code NO_SPACE} if it is too large
   */
  @SuppressWarnings("MustBeClosedChecker") // closed with the device
  public static DaxDevice inDirectory(Path dir, int pageCount, int pageSize) throws StoreException {
    Arena arena = Arena.ofShared();
    DaxDevice device = null;
    try {
      device = mapFile(dir, (long) pageCount * pageSize, pageSize, arena);
      return device;
    } catch (IOException e) {
      throw StoreErrors.failed("making a device in a file", dir, e);
    } finally {
      if (device == null) {
        arena.close();
      }
    }
  }

  private static DaxDevice mapFile(Path dir, long bytes, int pageSize, Arena arena)
      throws IOException {
    Path file = Files.createTempFile(dir, "longpin-dax-", ".tmp");
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      String type = Files.getFileStore(file).type();
      writeZeros(channel, bytes); // space that lacks later is a SIGBUS
      MemorySegment synced = mapSync(channel, bytes, arena);
      if (synced != null) {
        String how = "a device in a file on " + type + ", mapped with MAP_SYNC";
        return new DaxDevice(synced, pageSize, how, lastingNotes(), arena);
      }
      MemorySegment shared = channel.map(MapMode.READ_WRITE, 0, bytes, arena);
      List<String> notes = new ArrayList<>(lastingNotes());
      notes.add(
          type.equals("tmpfs")
              ? "a stand-in for DAX: its storage is memory of the kernel"
              : "a stand-in for DAX: "
                  + type
                  + " can't map with MAP_SYNC, so the mapping is the"
                  + " kernel's page cache");
      return new DaxDevice(shared, pageSize, "a stand-in in a file on " + type, notes, arena);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static List<String> lastingNotes() {
    return List.of("files of a DAX device in a file or in memory last as long as it is open");
  }

  private static void writeZeros(FileChannel channel, long bytes) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(ZEROS);
    for (long at = 0; at < bytes; ) {
      zeros.clear().limit((int) Math.min(ZEROS, bytes - at));
      at += channel.write(zeros, at);
    }
  }

  private static @Nullable MemorySegment mapSync(FileChannel channel, long bytes, Arena arena) {
    try {
      return channel.map(ExtendedMapMode.READ_WRITE_SYNC, 0, bytes, arena);
    } catch (IOException | UnsupportedOperationException e) {
      return null; // the file system, or the machine, can't
    }
  }

  @Override
  public int pageSize() {
    return pageSize;
  }

  @Override
  public long capacityBytes() {
    return region.byteSize();
  }

  /** Returns how many pages no file has. */
  public int freePages() {
    lock.lock();
    try {
      return space.freePages();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Engine engine() {
    lock.lock();
    try {
      if (closed) {
        throw new IllegalStateException("the device is closed");
      }
      engines++;
    } finally {
      lock.unlock();
    }
    return new DeviceEngine(new DeviceMemory());
  }

  /** Opens a file: all caches have the same names. */
  Store open(Path path, OpenMode mode) throws StoreException {
    Path name = path.toAbsolutePath().normalize();
    lock.lock();
    try {
      DaxInode inode = names.get(name);
      if (inode == null && mode != OpenMode.CREATE) {
        throw StoreErrors.failed(
            Kind.NOT_FOUND, "open for " + mode, path, "no such file on the DAX device", null);
      }
      if (inode == null) {
        inode = new DaxInode(space);
        names.put(name, inode);
      }
      inode.open();
      return new DaxStore(this, inode, path, mode);
    } finally {
      lock.unlock();
    }
  }

  /** Returns the lock of the space, of the names, and of every file. */
  Mutex lock() {
    return lock;
  }

  /** Makes pages durable, as far as the mapping is of something that lasts. */
  void flush(List<Integer> pages) {
    pages.forEach(space::flush);
  }

  /** Takes a file's name away, with the lock held. */
  void removeName(DaxInode inode) {
    names.values().remove(inode);
  }

  /**
   * Ends the mapping; the files are gone. While a device can reach it through a cache that has not
   * let go of it the mapping stays, for the life of the process if need be.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      lock.unlock();
    }
    unmapIfUnused();
  }

  private void unmapIfUnused() {
    boolean unused;
    lock.lock();
    try {
      unused = closed && engines == 0;
    } finally {
      lock.unlock();
    }
    if (unused && arena != null) {
      arena.close();
    }
  }

  /** The region as one cache has it. */
  private final class DeviceMemory implements Memory {

    @Override
    public MemorySegment segment() {
      return region;
    }

    @Override
    public boolean isStorage() {
      return true;
    }

    @Override
    public void free() {
      lock.lock();
      try {
        engines--;
      } finally {
        lock.unlock();
      }
      unmapIfUnused();
    }
  }

  /** What one cache has of the device. */
  private final class DeviceEngine implements Engine {

    private final Memory memory;

    DeviceEngine(Memory memory) {
      this.memory = memory;
    }

    @Override
    public Memory memory() {
      return memory;
    }

    @Override
    public Store open(Path path, OpenMode mode) throws StoreException {
      return DaxDevice.this.open(path, mode);
    }

    @Override
    public EngineInfo info() {
      return info;
    }
  }
}
