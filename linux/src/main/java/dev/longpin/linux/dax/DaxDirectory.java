package dev.longpin.linux.dax;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.linux.LinuxStoreProvider;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.spi.DaxStorage;
import dev.longpin.spi.Engine;
import dev.longpin.spi.EngineInfo;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Store;
import dev.longpin.store.StoreErrors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The files below a directory as DAX storage: their pages are mapped into the process, and are the
 * pages of the cache. On a file system that is mounted with DAX (ext4, xfs) they are mapped with
 * MAP_SYNC; on a tmpfs they are mapped as they are, which stands in for it: the pages of a tmpfs
 * file are its storage too. {@link EngineInfo#name} says which. Anywhere else a mapping is the
 * kernel's page cache and no storage, and is refused.
 *
 * <p>The kernel has the space: a page that a file gives up may be another's at once, also one of
 * another process.
 *
 * <p>Another program that cuts a file which is open here makes every access to what it cut a
 * SIGBUS, which Java reports as an {@link InternalError}. The locks keep out only those that ask.
 */
public final class DaxDirectory implements DaxStorage {

  /** Of the machine, and of the file systems: a page of a file is a block of it. */
  public static final int PAGE_SIZE = 4096;

  private static final String TMPFS = "tmpfs";

  private final SystemCalls calls;
  private final long capacityBytes;
  private final boolean sync;
  private final String type;

  private DaxDirectory(SystemCalls calls, long capacityBytes, boolean sync, String type) {
    this.calls = calls;
    this.capacityBytes = capacityBytes;
    this.sync = sync;
    this.type = type;
  }

  /**
   * Looks at a directory.
   *
   * @param capacityBytes how much of its files can be mapped at a time, rounded up to a multiple of
   *     {@value Windows#WINDOW_BYTES}: addresses, not memory
   * @throws StoreException {@code UNSUPPORTED} if its files can't be mapped as storage; others if
   *     no file can be made there
   */
  public static DaxDirectory of(Path dir, long capacityBytes) throws StoreException {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    if (!provider.isAvailable()) {
      throw failed(dir, provider.problem());
    }
    SystemCalls calls = SystemCalls.find(Downcalls.system());
    if (calls.memory().machinePageSize() != PAGE_SIZE) {
      throw failed(dir, "the machine's pages are not of " + PAGE_SIZE + " bytes");
    }
    try {
      String type = Files.getFileStore(dir).type();
      long result = tryMap(calls, dir);
      if (result < 0 && !type.equals(TMPFS)) {
        throw failed(
            dir,
            type
                + " doesn't map with MAP_SYNC ("
                + Errno.describe(result)
                + "): mount it with dax=always, on persistent memory");
      }
      return new DaxDirectory(calls, roundUp(capacityBytes), result >= 0, type);
    } catch (IOException e) {
      throw StoreErrors.failed("look for DAX", dir, e);
    }
  }

  private static StoreException failed(Path dir, String reason) {
    return StoreErrors.failed(Kind.UNSUPPORTED, "mapping of files", dir, reason, null);
  }

  private static long roundUp(long bytes) {
    return Math.ceilDiv(Math.max(1, bytes), Windows.WINDOW_BYTES) * Windows.WINDOW_BYTES;
  }

  /** Maps a file of the directory with MAP_SYNC; a negated error number if that fails. */
  private static long tryMap(SystemCalls calls, Path dir) throws IOException {
    Path file = Files.createTempFile(dir, "longpin-dax-", ".tmp");
    try {
      int descriptor = open(calls, file, Libc.O_RDWR);
      long place = calls.memory().reserve(PAGE_SIZE, PAGE_SIZE);
      if (descriptor < 0 || place < 0) {
        return Math.min(descriptor, place);
      }
      MemorySegment page = Downcalls.memoryAt(place, PAGE_SIZE);
      long mapped = calls.memory().mapOver(page, descriptor, 0, true, true);
      calls.memory().unmap(page);
      calls.files().close(descriptor);
      return mapped;
    } finally {
      Files.deleteIfExists(file);
    }
  }

  static int open(SystemCalls calls, Path alias, int flags) {
    byte[] name = alias.toString().getBytes(StandardCharsets.UTF_8);
    return calls.files().open(name, flags | Libc.O_CLOEXEC);
  }

  /** Returns whether files are mapped with MAP_SYNC; otherwise they stand in for that. */
  public boolean isSynced() {
    return sync;
  }

  @Override
  public int pageSize() {
    return PAGE_SIZE;
  }

  @Override
  public long capacityBytes() {
    return capacityBytes;
  }

  @Override
  @SuppressWarnings("MustBeClosedChecker") // closed with the memory
  public Engine engine() {
    long address = calls.memory().reserve(capacityBytes, Windows.WINDOW_BYTES);
    if (address < 0) {
      throw new OutOfMemoryError(
          "no " + capacityBytes + " bytes of addresses: " + Errno.describe(address));
    }
    Arena arena = Arena.ofShared();
    MemorySegment region = Downcalls.memoryAt(address, capacityBytes, arena, calls.memory()::unmap);
    return new DirectoryEngine(new Windows(calls, region, sync), new Mapped(region, arena));
  }

  /** What one cache has of the directory. */
  private final class DirectoryEngine implements Engine {

    private final LinuxStoreProvider files = LinuxStoreProvider.withoutUring();
    private final Windows windows;
    private final Memory memory;

    DirectoryEngine(Windows windows, Memory memory) {
      this.windows = windows;
      this.memory = memory;
    }

    @Override
    public Memory memory() {
      return memory;
    }

    @Override
    public Store open(Path path, OpenMode mode) throws StoreException {
      Store below = files.open(path, mode);
      Store store = null;
      try {
        if (!sync) {
          checkStandsIn(path);
        }
        store = new MappedStore(below, windows.open(below, mode));
        return store;
      } finally {
        if (store == null) {
          below.close();
        }
      }
    }

    /** A file elsewhere can be mapped too, but is the kernel's page cache there. */
    private void checkStandsIn(Path path) throws StoreException {
      try {
        String elsewhere = Files.getFileStore(path).type();
        if (!elsewhere.equals(TMPFS)) {
          throw failed(path, "it is on " + elsewhere + ", not on " + TMPFS);
        }
      } catch (IOException e) {
        throw StoreErrors.failed("open", path, e);
      }
    }

    @Override
    public EngineInfo info() {
      return sync
          ? new EngineInfo("dax, " + type + " mapped with MAP_SYNC", 0, 0, List.of())
          : new EngineInfo(
              "dax, a stand-in on " + type,
              0,
              0,
              List.of("a stand-in for DAX: the storage of " + type + " is memory of the kernel"));
    }
  }

  /** The addresses into which files are mapped. */
  private record Mapped(MemorySegment segment, Arena arena) implements Memory {

    @Override
    public boolean isStorage() {
      return true;
    }

    @Override
    public void free() {
      arena.close();
    }
  }
}
