package dev.longpin.cache;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.StoreException;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Counters;
import dev.longpin.mm.Flusher;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.PageIndex;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.DrainingStore;
import dev.longpin.store.WatchedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A page cache: its memory, its protocols, and the table of open files. */
final class DefaultPageCache implements PageCache {

  private final StoreProvider provider;
  private final CoreMm mm;
  private final Protocols protocols;

  private final Mutex filesLock = new Mutex(LockRank.FILES);
  private final EventCount fileClosed = new EventCount();
  private final Map<Store.Identity, OpenFile> files = new HashMap<>();

  /** How many files were closed so far; guarded by the lock. */
  private long closes;

  private volatile boolean closed;

  DefaultPageCache(CacheConfig config, StoreProvider provider, Memory.Provider memory) {
    this.provider = provider;
    this.mm = CoreMm.create(config, memory);
    this.protocols = new Protocols(mm, this::spaces);
  }

  void start() {
    protocols.flusher().start();
  }

  private List<AddressSpace> spaces() {
    filesLock.lock();
    try {
      return files.values().stream().filter(file -> !file.closing).map(OpenFile::space).toList();
    } finally {
      filesLock.unlock();
    }
  }

  @Override
  public CachedFile open(Path path, OpenMode mode) throws LongpinException {
    Deadline deadline = Deadline.after(mm.config().deadline());
    while (true) {
      checkOpen();
      int ticket = fileClosed.ticket();
      long closesBefore = closes();
      // Opened anew if a file was closed meanwhile: it may have been written, or deleted.
      Store opened = provider.open(path, mode);
      DefaultCachedFile instance = join(path, mode, opened, closesBefore);
      if (instance != null) {
        return instance;
      }
      awaitClosed(path, ticket, deadline);
    }
  }

  private long closes() {
    filesLock.lock();
    try {
      return closes;
    } finally {
      filesLock.unlock();
    }
  }

  /** Makes an instance of the file that the store is of; null to open it anew. */
  private @Nullable DefaultCachedFile join(
      Path path, OpenMode mode, Store opened, long closesBefore) throws LongpinException {
    boolean kept = false;
    try {
      WatchedStore store = new WatchedStore(new DrainingStore(opened));
      filesLock.lock();
      try {
        checkOpen();
        OpenFile file = files.get(store.identity());
        if (closes != closesBefore) {
          return null;
        }
        if (file == null) {
          file = newFile(store, mode);
          kept = true;
        } else if (file.closing) {
          return null;
        } else if (mode.writes() && !file.writable) {
          file.upgrade(store);
          kept = true;
        }
        DefaultCachedFile instance = new DefaultCachedFile(this, mm, protocols, file, path, mode);
        file.instances.add(instance);
        return instance;
      } finally {
        filesLock.unlock();
      }
    } finally {
      if (!kept) {
        opened.close();
      }
    }
  }

  private OpenFile newFile(WatchedStore store, OpenMode mode) throws StoreException {
    long size = store.stamp().sizeBytes();
    checkSize(store.path(), size);
    OpenFile file = new OpenFile(new AddressSpace(mm.frames(), store, size), store, mode.writes());
    files.put(store.identity(), file);
    return file;
  }

  /** Checks that a file of this size has no page beyond the largest index. */
  void checkSize(Path path, long sizeBytes) throws StoreException {
    if (mm.pagesUpTo(sizeBytes) > PageIndex.MAX_PAGE_INDEX) {
      throw new StoreException(
          StoreException.Kind.TOO_LARGE,
          path
              + ": size "
              + sizeBytes
              + " exceeds 2^40 pages of "
              + pageSize()
              + " bytes; use larger pages",
          null);
    }
  }

  private void awaitClosed(Path path, int ticket, Deadline deadline) throws WaitEndedException {
    String what = "the wait for " + path + ", which is being closed,";
    try {
      if (!fileClosed.await(ticket, deadline)) {
        throw new DeadlineExceededException(what + " met its deadline", List.of(), List.of());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new WaitInterruptedException(what + " was interrupted", List.of(), List.of());
    }
  }

  /**
   * Removes an instance from its file.
   *
   * @return whether it was the last: the file is closing then, and the caller goes on with that
   */
  boolean startClose(OpenFile file, DefaultCachedFile instance) throws WaitEndedException {
    Deadline deadline = Deadline.after(mm.config().deadline());
    while (true) {
      int ticket = fileClosed.ticket();
      filesLock.lock();
      try {
        if (!file.instances.contains(instance)) {
          return false; // someone else has closed it
        }
        if (!file.closing) {
          file.closing = file.instances.size() == 1;
          if (!file.closing) {
            file.instances.remove(instance);
          }
          return file.closing;
        }
      } finally {
        filesLock.unlock();
      }
      awaitClosed(instance.path(), ticket, deadline); // a close by someone else is under way
    }
  }

  /** All instances of a file end: it was deleted. False if they are ending already. */
  boolean startDelete(OpenFile file) {
    filesLock.lock();
    try {
      if (file.closing) {
        return false;
      }
      file.closing = true;
      return true;
    } finally {
      filesLock.unlock();
    }
  }

  /** The last close failed: the file is open as before. */
  void abandonClose(OpenFile file) {
    filesLock.lock();
    try {
      file.closing = false;
    } finally {
      filesLock.unlock();
    }
    fileClosed.signalAll();
  }

  /** The file's pages are gone: forgets it and closes its stores. */
  void finishClose(OpenFile file) throws StoreException {
    StoreException failure = null;
    file.space().syncLock().lock();
    try {
      for (WatchedStore store : file.stores) {
        try {
          store.close();
        } catch (StoreException e) {
          failure = e;
        }
      }
    } finally {
      file.space().syncLock().unlock();
    }
    filesLock.lock();
    try {
      file.instances.forEach(DefaultCachedFile::markClosed);
      file.instances.clear();
      files.remove(file.identity(), file);
      closes++;
    } finally {
      filesLock.unlock();
    }
    file.space().unregister(mm.frames());
    fileClosed.signalAll();
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public int pageSize() {
    return mm.config().pageSize();
  }

  @Override
  public List<HolderInfo> holders() {
    return mm.holders().all();
  }

  @Override
  public CacheStats stats() {
    List<Store> stores = new ArrayList<>();
    spaces().forEach(space -> stores.add(space.store()));
    Counters counters = mm.counters();
    long orphans = mm.frames().orphanCount();
    return new CacheStats(
        provider.name(),
        pageSize(),
        mm.frames().count(),
        mm.frames().freeCount(),
        closed ? orphans : 0,
        closed ? 0 : orphans,
        mm.words().dirtyPages(),
        mm.holders().chargedPages(),
        mm.config().longtermLimitPages(),
        counters.hits.get(),
        counters.misses.get(),
        counters.writebacks.get(),
        counters.bounces.get(),
        counters.syncs.get(),
        counters.reclaimed.get(),
        mm.revoker().count(),
        counters.timeouts.get(),
        mm.holders().disconnections(),
        allHave(stores, Store.Feature.RESERVE),
        allHave(stores, Store.Feature.PUNCH_HOLE),
        allHave(stores, Store.Feature.LOCK),
        mm.revoker().errors());
  }

  private static boolean allHave(List<Store> stores, Store.Feature feature) {
    return stores.stream().allMatch(store -> store.features().contains(feature));
  }

  private void checkOpen() {
    if (closed) {
      throw new FileClosedException("the page cache is closed");
    }
  }

  @Override
  public void close(Duration wait) throws LongpinException {
    Deadline deadline = Deadline.after(wait);
    for (DefaultCachedFile instance : instances()) {
      instance.close(Duration.ofNanos(deadline.remainingNanos()));
    }
    end();
  }

  @Override
  public void close() throws LongpinException {
    LongpinException failure = null;
    for (DefaultCachedFile instance : instances()) {
      try {
        instance.close();
      } catch (LongpinException e) {
        failure = addTo(failure, e);
      }
    }
    end();
    if (failure != null) {
      throw failure;
    }
  }

  private static LongpinException addTo(@Nullable LongpinException first, LongpinException next) {
    if (first == null) {
      return next;
    }
    first.addSuppressed(next);
    return first;
  }

  private List<DefaultCachedFile> instances() {
    filesLock.lock();
    try {
      return files.values().stream().flatMap(file -> file.instances.stream()).toList();
    } finally {
      filesLock.unlock();
    }
  }

  private void end() {
    filesLock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      filesLock.unlock();
    }
    Flusher flusher = protocols.flusher();
    flusher.stop(Deadline.after(mm.config().deadline()));
    if (instances().isEmpty()) {
      mm.frames().close();
    }
  }
}
