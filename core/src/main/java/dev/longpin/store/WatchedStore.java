package dev.longpin.store;

import dev.longpin.api.FileChangedException;
import dev.longpin.api.StoreException;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

/**
 * A store that notices when some other program changes the file underneath, as far as its size and
 * time of last change tell. Our own changes move both, so a change by another is noticed only if we
 * have changed nothing since we last looked; the rest goes unnoticed.
 */
public final class WatchedStore implements Store {

  private static final Duration INTERVAL = Duration.ofMillis(100);

  /** What the file looked like when we had begun and ended so many changes of our own. */
  private record Known(Stamp stamp, long ownChanges) {}

  private final Store store;
  private final LongCell nextLookNanos = new LongCell(Seam.nanoTime());
  private final LongCell ownChanges = new LongCell(0);
  private volatile Known known;

  /** Watches a store from now on. */
  public WatchedStore(Store store) throws StoreException {
    this.store = store;
    this.known = new Known(store.stamp(), 0);
  }

  /** Looks whether the file was changed, if it has not looked for 100 ms. */
  public void checkOnMiss() throws FileChangedException, StoreException {
    long now = Seam.nanoTime();
    long next = nextLookNanos.get();
    if (now - next >= 0 && nextLookNanos.compareAndSet(next, now + INTERVAL.toNanos())) {
      check();
    }
  }

  /**
   * Looks whether the file was changed.
   *
   * @throws FileChangedException if it was; it then counts as seen
   */
  public void check() throws FileChangedException, StoreException {
    Known before = known;
    if (ownChanges.get() != before.ownChanges) {
      return;
    }
    Stamp now = store.stamp();
    // The order counts: a change of ours that began meanwhile explains the difference.
    if (ownChanges.get() != before.ownChanges) {
      return;
    }
    if (now.sizeBytes() != before.stamp.sizeBytes()) {
      known = new Known(now, before.ownChanges);
      throw new FileChangedException(
          path(), "size " + before.stamp.sizeBytes() + " became " + now.sizeBytes());
    }
    if (now.modifiedNanos() != before.stamp.modifiedNanos()) {
      known = new Known(now, before.ownChanges);
      throw new FileChangedException(path(), "its time of last change moved");
    }
  }

  /** Looks no more until {@link #settle}: someone of ours may be changing the file. */
  public void distrust() {
    ownChanges.add(1);
  }

  /** Takes the file as it is now for what we made of it. */
  public void settle() throws StoreException {
    long changes = ownChanges.get();
    known = new Known(store.stamp(), changes);
  }

  /** A change of the file by us. */
  @FunctionalInterface
  private interface Change {
    void make() throws StoreException;
  }

  private void change(Change change) throws StoreException {
    ownChanges.add(1);
    try {
      change.make();
    } finally {
      ownChanges.add(1); // a stamp taken while it was under way is not to be trusted
    }
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    change(() -> store.write(source, offset));
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    change(() -> store.truncate(sizeBytes));
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    change(() -> store.punchHole(offset, lengthBytes));
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    change(() -> store.reserve(offset, lengthBytes));
  }

  @Override
  public void delete() throws StoreException {
    change(store::delete);
  }

  @Override
  public Path path() {
    return store.path();
  }

  @Override
  public Identity identity() {
    return store.identity();
  }

  @Override
  public Set<Feature> features() {
    return store.features();
  }

  @Override
  public int blockSize() {
    return store.blockSize();
  }

  @Override
  public Stamp stamp() throws StoreException {
    return store.stamp();
  }

  @Override
  public long read(MemorySegment target, long offset) throws StoreException {
    return store.read(target, offset);
  }

  @Override
  public void sync() throws StoreException {
    store.sync();
  }

  @Override
  public long nextData(long offset) throws StoreException {
    return store.nextData(offset);
  }

  @Override
  public void close() throws StoreException {
    store.close();
  }
}
