package dev.longpin.linux.dax;

import dev.longpin.api.StoreException;
import dev.longpin.base.LongCell;
import dev.longpin.spi.Store;
import dev.longpin.store.ForwardingStore;
import java.util.EnumSet;
import java.util.Set;

/**
 * A file whose pages are mapped; what is not a page of it (its size, its space, its lock) goes
 * through the store below. A sync is an fdatasync, which writes back what the CPU's caches have of
 * the mapping too.
 */
final class MappedStore extends ForwardingStore {

  private final Store below;
  private final Windows.MappedFile file;
  private final LongCell closed = new LongCell(0);

  MappedStore(Store below, Windows.MappedFile file) {
    super(below);
    this.below = below;
    this.file = file;
  }

  @Override
  public Set<Feature> features() {
    Set<Feature> features = EnumSet.of(Feature.DAX, Feature.DIRECT);
    features.addAll(below.features());
    return features;
  }

  /** Without times: stores to the mapping move them, and what another wrote is seen at once. */
  @Override
  public Stamp stamp() throws StoreException {
    return new Stamp(below.stamp().sizeBytes(), 0, 0);
  }

  /** A page that has its space before it is mapped for writing is no SIGBUS later (I7). */
  @Override
  public int mapPage(long pageIndex, boolean allocate) throws StoreException {
    long start = Math.multiplyExact(pageIndex, (long) DaxDirectory.PAGE_SIZE);
    if (allocate) {
      allocate(start);
    } else if (below.nextData(start) >= start + DaxDirectory.PAGE_SIZE) {
      return HOLE;
    }
    return file.frame(path(), pageIndex);
  }

  private void allocate(long start) throws StoreException {
    long data = below.nextData(start);
    if (data < start + DaxDirectory.PAGE_SIZE && data < below.stamp().sizeBytes()) {
      return; // also in a file for reading
    }
    below.reserve(start, DaxDirectory.PAGE_SIZE);
  }

  @Override
  public void close() throws StoreException {
    if (closed.compareAndSet(0, 1)) {
      file.close();
      below.close();
    }
  }
}
