package dev.longpin.cache;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongpinException;
import dev.longpin.api.NoMemoryException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.ResizeResult;
import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.base.LongCell;
import dev.longpin.mm.Abandonment;
import dev.longpin.mm.CoreMm;
import dev.longpin.mm.Counters;
import dev.longpin.page.AddressSpace;
import dev.longpin.page.LentBlocks;
import dev.longpin.page.PageIndex;
import dev.longpin.spi.Engine;
import dev.longpin.spi.EngineInfo;
import dev.longpin.spi.Store;
import dev.longpin.store.WatchedStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A page cache: its memory, its protocols, and its open files. */
final class DefaultPageCache implements PageCache, OpenFiles.Maker {

  private final Engine engine;
  private final CoreMm mm;
  private final Protocols protocols;

  private final Resizing resizing;
  private final OpenFiles files = new OpenFiles(this);
  private final LongCell freed = new LongCell(0);
  private volatile boolean closed;

  DefaultPageCache(CacheConfig config, Engine engine) {
    this.engine = engine;
    this.mm = CoreMm.create(config, engine.memory());
    this.protocols = new Protocols(mm, files::spaces);
    this.resizing = new Resizing(mm, protocols.resize(), protocols.reclaim());
  }

  void start() {
    protocols.flusher().start();
  }

  @Override
  public CachedFile open(Path path, OpenMode mode) throws LongpinException {
    return files.open(engine, path, mode, Deadline.after(mm.config().deadline()));
  }

  @Override
  public DefaultCachedFile instance(OpenFile file, Path path, OpenMode mode) {
    return new DefaultCachedFile(this, mm, protocols, file, path, mode);
  }

  @Override
  public OpenFile file(WatchedStore store, OpenMode mode) throws StoreException {
    long size = store.stamp().sizeBytes();
    checkSize(store.path(), size);
    return new OpenFile(new AddressSpace(mm.frames(), store, size), store, mode.writes());
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

  OpenFiles files() {
    return files;
  }

  /** The last close of a file has taken its pages away, as far as that was possible. */
  void finishClose(OpenFile file) throws StoreException {
    new Abandonment(mm).run(file.space());
    try {
      files.finishClose(file);
    } finally {
      mm.notifiers().removeAll(file.space());
      file.space().unregister(mm.frames());
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
  public ResizeResult resize(long capacityBytes, Duration wait) throws LongpinException {
    CacheConfig config = mm.config();
    if (capacityBytes < config.minCapacityBytes() || capacityBytes > config.maxCapacityBytes()) {
      throw new IllegalArgumentException(
          "a capacity of "
              + capacityBytes
              + " bytes is not from "
              + config.minCapacityBytes()
              + " to "
              + config.maxCapacityBytes()
              + ": see CacheConfig.withCapacityRange");
    }
    if (!engine.memory().isResizable()) {
      throw new UnsupportedOperationException(
          "the memory of " + engine.info().name() + " is not given back in parts");
    }
    return resizing.run(config.framesOf(capacityBytes), Deadline.after(wait));
  }

  @Override
  public ResizeResult resize(long capacityBytes) throws LongpinException {
    return resize(capacityBytes, mm.config().deadline());
  }

  @Override
  public HolderMemory lend(Holder holder, long bytes) throws LongpinException {
    CacheConfig config = mm.config();
    if (bytes <= 0 || bytes > config.lendableBytes()) {
      throw new IllegalArgumentException(
          bytes + " bytes, of " + config.lendableBytes() + ": see CacheConfig.withLendable");
    }
    int blockCount = (int) ((bytes - 1) / config.blockBytes()) + 1;
    LentBlocks blocks;
    try {
      blocks = mm.frames().lend(blockCount);
    } catch (OutOfMemoryError e) {
      throw new NoMemoryException("no memory to lend " + bytes + " bytes to " + holder, e);
    }
    if (blocks == null) {
      throw new NoMemoryException("not so much is left to be lent: " + bytes + " bytes", null);
    }
    if (!mm.lending().add(holder, blocks)) {
      mm.frames().isolate(blocks);
      mm.frames().takeBack(blocks);
      boolean _ = mm.frames().tryEnd(blocks);
      throw new IllegalStateException(holder + " has memory already");
    }
    return new LentMemory(mm, protocols.withdraw(), holder, blocks);
  }

  @Override
  public CacheStats stats() {
    Counters counters = mm.counters();
    EngineInfo used = engine.info();
    long orphans = mm.frames().orphanCount();
    return new CacheStats(
        used.name(),
        pageSize(),
        mm.frames().count(),
        mm.frames().freeCount(),
        closed ? orphans : 0,
        closed ? 0 : orphans,
        mm.words().dirtyPages(),
        mm.holders().chargedPages(),
        mm.scaled(mm.config().longtermLimitPages()),
        counters.hits.get(),
        counters.misses.get(),
        counters.writebacks.get(),
        counters.bounces.get(),
        counters.syncs.get(),
        counters.reclaimed.get(),
        counters.migrated.get(),
        mm.revoker().count(),
        counters.timeouts.get(),
        mm.holders().disconnections(),
        files.allHave(true, Store.Feature.RESERVE),
        files.allHave(true, Store.Feature.PUNCH_HOLE),
        files.allHave(false, Store.Feature.LOCK),
        files.wereDirect(),
        used.registeredBytes(),
        used.hugePageBytes(),
        used.notes(),
        mm.handlerErrors().all());
  }

  @Override
  public void close(Duration wait) throws LongpinException {
    Deadline deadline = Deadline.after(wait);
    boolean done = false;
    files.close();
    try {
      for (DefaultCachedFile instance : files.instances()) {
        instance.close(Duration.ofNanos(deadline.remainingNanos()));
      }
      done = true;
    } finally {
      if (!done) {
        files.reopen();
      }
    }
    end(deadline);
  }

  @Override
  public void close() throws LongpinException {
    files.close();
    LongpinException failure = null;
    for (DefaultCachedFile instance : files.instances()) {
      try {
        instance.close();
      } catch (LongpinException e) {
        failure = addTo(failure, e);
      }
    }
    end(Deadline.after(mm.config().deadline()));
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

  private void end(Deadline deadline) {
    resizing.end();
    protocols.flusher().stop(deadline);
    closed = true;
    gone();
  }

  /** Gives the memory back if the cache is closed and nobody is left who may use it. */
  @Override
  public void gone() {
    if (closed && files.isEmpty() && freed.compareAndSet(0, 1)) {
      mm.frames().close();
    }
  }
}
