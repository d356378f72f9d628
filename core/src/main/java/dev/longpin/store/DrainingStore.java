package dev.longpin.store;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.StoreException;
import dev.longpin.base.LongCell;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;

/**
 * A store that is closed by the last call in it. A close does not wait for a call that hangs, and
 * no call finds that its descriptor has become another file's meanwhile. A call that comes after
 * the close gets a {@link FileClosedException}.
 */
public final class DrainingStore extends ForwardingStore {

  private static final long CLOSING = 1L << 62;

  private final Store store;
  private final Runnable drained;
  private volatile boolean isDrained;

  /** The number of calls under way, and {@link #CLOSING}. */
  private final LongCell calls = new LongCell(0);

  /**
   * Wraps a store.
   *
   * @param drained is run once, when the store was closed by a call that outlived {@link #close}
   */
  public DrainingStore(Store store, Runnable drained) {
    super(store);
    this.store = store;
    this.drained = drained;
  }

  /** Returns whether the store is closed: no call is in it, and none can land any more. */
  public boolean isDrained() {
    return isDrained;
  }

  /** A call of the store. */
  @FunctionalInterface
  private interface Call<T> {
    T make() throws StoreException;
  }

  /** A call without a result. */
  @FunctionalInterface
  private interface Action {
    void make() throws StoreException;
  }

  private <T> T call(Call<T> call) throws StoreException {
    enter();
    try {
      return call.make();
    } finally {
      exit();
    }
  }

  private void exit() {
    if (calls.add(-1) == CLOSING) {
      closeLast();
    }
  }

  private void enter() {
    long now;
    do {
      now = calls.get();
      if (now >= CLOSING) {
        throw new FileClosedException(path() + " is closed");
      }
    } while (!calls.compareAndSet(now, now + 1));
  }

  private void closeLast() {
    try {
      store.close();
    } catch (StoreException e) {
      // Whoever closed has long gone; what was written was reported by the write and the sync.
    } finally {
      isDrained = true;
    }
    drained.run();
  }

  private void run(Action action) throws StoreException {
    call(() -> {
      action.make();
      return this;
    });
  }

  @Override
  public void close() throws StoreException {
    long now;
    do {
      now = calls.get();
      if (now >= CLOSING) {
        return;
      }
    } while (!calls.compareAndSet(now, now + CLOSING));
    if (now == 0) {
      isDrained = true;
      store.close();
    }
  }

  @Override
  public Stamp stamp() throws StoreException {
    return call(store::stamp);
  }

  @Override
  public long read(MemorySegment target, long offset) throws StoreException {
    return call(() -> store.read(target, offset));
  }

  /** A read under way counts as a call until its end was told. */
  @Override
  public boolean startRead(MemorySegment target, long offset, ReadEnd end) {
    enter();
    boolean started = false;
    try {
      started =
          store.startRead(
              target,
              offset,
              (bytesRead, failure) -> {
                try {
                  end.ended(bytesRead, failure);
                } finally {
                  exit();
                }
              });
      return started;
    } finally {
      if (!started) {
        exit();
      }
    }
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    run(() -> store.write(source, offset));
  }

  @Override
  public void sync() throws StoreException {
    run(store::sync);
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    run(() -> store.truncate(sizeBytes));
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    run(() -> store.punchHole(offset, lengthBytes));
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    run(() -> store.reserve(offset, lengthBytes));
  }

  @Override
  public long nextData(long offset) throws StoreException {
    return call(() -> store.nextData(offset));
  }

  @Override
  public int mapPage(long pageIndex, boolean allocate) throws StoreException {
    return call(() -> store.mapPage(pageIndex, allocate));
  }

  /** A device that can reach a page of the storage counts as a call. */
  @Override
  public Runnable hold() {
    enter();
    return this::exit;
  }

  @Override
  public void delete() throws StoreException {
    run(store::delete);
  }
}
