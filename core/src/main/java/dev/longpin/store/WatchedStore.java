package dev.longpin.store;

import dev.longpin.api.FileChangedException;
import dev.longpin.api.StoreException;
import dev.longpin.base.LongCell;
import dev.longpin.base.Seam;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A store that notices when some other program changes the file underneath, as far as its size and
 * time of last change tell. Our own changes move both, so a change by another is noticed only if we
 * have changed nothing since we last looked, and nothing of ours is under way; the rest goes
 * unnoticed.
 */
public final class WatchedStore extends ForwardingStore {

  private static final Duration INTERVAL = Duration.ofMillis(100);

  /** What the file looked like when so many changes of our own had begun, and as many ended. */
  private record Known(Stamp stamp, long begun) {}

  private final DrainingStore store;
  private final LongCell nextLookNanos = new LongCell(Seam.nanoTime());
  private final LongCell begun = new LongCell(0);
  private final LongCell ended = new LongCell(0);
  private volatile Known known;

  /** Watches a store from now on. */
  public WatchedStore(DrainingStore store) throws StoreException {
    super(store);
    this.store = store;
    this.known = new Known(store.stamp(), 0);
  }

  /** Returns whether it is closed, and no call is in it. */
  public boolean isDrained() {
    return store.isDrained();
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
    Known now = lookAtRest();
    if (now == null || now.begun != before.begun) {
      return; // what differs may be our own doing
    }
    if (now.stamp.sizeBytes() != before.stamp.sizeBytes()) {
      known = now;
      throw new FileChangedException(
          path(), "size " + before.stamp.sizeBytes() + " became " + now.stamp.sizeBytes());
    }
    if (now.stamp.modifiedNanos() != before.stamp.modifiedNanos()) {
      known = now;
      throw new FileChangedException(path(), "its time of last change moved");
    }
  }

  /** Looks no more until {@link #settle}: someone of ours may be changing the file. */
  public void distrust() {
    begun.add(1);
    ended.add(1);
  }

  /**
   * Takes the file as it is now for what we made of it, unless we are at it: then there is nothing
   * to compare with until the next time.
   */
  public void settle() throws StoreException {
    Known now = lookAtRest();
    if (now != null) {
      known = now;
    }
  }

  /**
   * Looks at the file; null if a change of ours was under way meanwhile, which nobody can tell from
   * another's: whether it has landed shows only when it has ended.
   */
  private @Nullable Known lookAtRest() throws StoreException {
    long before = begun.get(); // this first: as many ended later mean that none was under way
    if (ended.get() != before) {
      return null;
    }
    Stamp stamp = store.stamp();
    return begun.get() == before ? new Known(stamp, before) : null;
  }

  /** A change of the file by us. */
  @FunctionalInterface
  private interface Change {
    void make() throws StoreException;
  }

  private void change(Change change) throws StoreException {
    begun.add(1);
    try {
      change.make();
    } finally {
      ended.add(1);
    }
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    change(() -> super.write(source, offset));
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    change(() -> super.truncate(sizeBytes));
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    change(() -> super.punchHole(offset, lengthBytes));
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    change(() -> super.reserve(offset, lengthBytes));
  }

  @Override
  public int mapPage(long pageIndex, boolean allocate) throws StoreException {
    if (!allocate) {
      return super.mapPage(pageIndex, false);
    }
    int[] frame = new int[1];
    change(() -> frame[0] = super.mapPage(pageIndex, true));
    return frame[0];
  }

  @Override
  public void delete() throws StoreException {
    change(super::delete);
  }
}
