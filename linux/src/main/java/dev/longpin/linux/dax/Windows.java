package dev.longpin.linux.dax;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.spi.Store;
import dev.longpin.store.Inode;
import dev.longpin.store.StoreErrors;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The region of one cache, as windows of 2 MiB, each onto an aligned part of a file: large and
 * aligned enough for the kernel to map it as one. A window stays its file's until the file is
 * closed, also where the file was cut. They are addresses alone: what lies behind the end of a file
 * is mapped too, and nobody looks there.
 */
final class Windows {

  static final long WINDOW_BYTES = 2 << 20;
  static final int WINDOW_PAGES = (int) (WINDOW_BYTES / DaxDirectory.PAGE_SIZE);

  private final SystemCalls calls;
  private final MemorySegment region;
  private final boolean sync;
  private final Mutex lock = new Mutex(LockRank.STORE);
  // Under the lock:
  private final int[] free;
  private int freeCount;
  private final Map<Store.Identity, MappedFile> files = new HashMap<>();

  Windows(SystemCalls calls, MemorySegment region, boolean sync) {
    this.calls = calls;
    this.region = region;
    this.sync = sync;
    free = new int[Math.toIntExact(region.byteSize() / WINDOW_BYTES)];
    for (int i = 0; i < free.length; i++) {
      free[i] = free.length - 1 - i;
    }
    freeCount = free.length;
  }

  /** A file that is mapped, for all of its stores. */
  final class MappedFile {

    private final Store.Identity identity;
    private final int descriptor;
    private final boolean writable;
    private final Map<Long, Integer> windows = new TreeMap<>();
    private int stores;

    MappedFile(Store.Identity identity, int descriptor, boolean writable) {
      this.identity = identity;
      this.descriptor = descriptor;
      this.writable = writable;
    }

    /** Returns the frame that is a page, or {@link Store#NO_FRAME}. */
    int frame(Path path, long pageIndex) throws StoreException {
      long part = pageIndex / WINDOW_PAGES;
      lock.lock();
      try {
        Integer window = windows.get(part);
        if (window == null) {
          if (freeCount == 0) {
            return Store.NO_FRAME;
          }
          window = free[freeCount - 1];
          map(path, part, window);
          freeCount--;
          windows.put(part, window);
        }
        return window * WINDOW_PAGES + (int) (pageIndex % WINDOW_PAGES);
      } finally {
        lock.unlock();
      }
    }

    private void map(Path path, long part, int window) throws StoreException {
      long result =
          calls.memory().mapOver(place(window), descriptor, part * WINDOW_BYTES, writable, sync);
      if (result < 0) {
        throw StoreErrors.failed(Errno.kind(result), "mapping", path, Errno.describe(result), null);
      }
    }

    /** A store is closed; with the last of them the windows go. */
    void close() {
      lock.lock();
      try {
        if (--stores == 0) {
          files.remove(identity);
          for (int window : windows.values()) {
            calls.memory().unmapOver(place(window));
            free[freeCount++] = window;
          }
          calls.files().close(descriptor);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private MemorySegment place(int window) {
    return region.asSlice(window * WINDOW_BYTES, WINDOW_BYTES);
  }

  /** Joins the file that a store has open, or opens it once more, to be mapped. */
  MappedFile open(Store store, OpenMode mode) throws StoreException {
    lock.lock();
    try {
      MappedFile file = files.get(store.identity());
      if (file == null) {
        file = open(store);
        files.put(store.identity(), file);
      }
      if (mode.writes() && !file.writable) {
        throw StoreErrors.failed(
            Kind.PERMISSION,
            "mapping for writing",
            store.path(),
            "it is open for reading by someone who may not write; close it there first",
            null);
      }
      file.stores++;
      return file;
    } finally {
      lock.unlock();
    }
  }

  /** For writing too if that is allowed, so that who writes later finds the same mapping. */
  private MappedFile open(Store store) throws StoreException {
    int descriptor = DaxDirectory.open(calls, store.path(), Libc.O_RDWR);
    boolean writable = descriptor >= 0;
    if (!writable) {
      descriptor = DaxDirectory.open(calls, store.path(), Libc.O_RDONLY);
    }
    if (descriptor < 0) {
      throw StoreErrors.failed(
          Errno.kind(descriptor), "open", store.path(), Errno.describe(descriptor), null);
    }
    MappedFile file = null;
    try {
      if (!Inode.of(Descriptor.alias(descriptor)).identity().equals(store.identity())) {
        throw StoreErrors.failed(
            Kind.NOT_FOUND, "open", store.path(), "it was replaced meanwhile", null);
      }
      file = new MappedFile(store.identity(), descriptor, writable);
      return file;
    } catch (IOException e) {
      throw StoreErrors.failed("open", store.path(), e);
    } finally {
      if (file == null) {
        calls.files().close(descriptor);
      }
    }
  }
}
