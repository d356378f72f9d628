package dev.longpin.store;

import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** A store that hands every call on to another. */
public abstract class ForwardingStore implements Store {

  private final Store store;

  protected ForwardingStore(Store store) {
    this.store = store;
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
  public boolean isAsync() {
    return store.isAsync();
  }

  @Override
  public boolean canStartRead() {
    return store.canStartRead();
  }

  @Override
  public boolean startRead(MemorySegment target, long offset, ReadEnd end) {
    return store.startRead(target, offset, end);
  }

  @Override
  public boolean awaitEnd(BooleanSupplier done, Deadline deadline) throws InterruptedException {
    return store.awaitEnd(done, deadline);
  }

  @Override
  public void write(MemorySegment source, long offset) throws StoreException {
    store.write(source, offset);
  }

  @Override
  public void sync() throws StoreException {
    store.sync();
  }

  @Override
  public void truncate(long sizeBytes) throws StoreException {
    store.truncate(sizeBytes);
  }

  @Override
  public void punchHole(long offset, long lengthBytes) throws StoreException {
    store.punchHole(offset, lengthBytes);
  }

  @Override
  public void reserve(long offset, long lengthBytes) throws StoreException {
    store.reserve(offset, lengthBytes);
  }

  @Override
  public long nextData(long offset) throws StoreException {
    return store.nextData(offset);
  }

  @Override
  public int mapPage(long pageIndex, boolean allocate) throws StoreException {
    return store.mapPage(pageIndex, allocate);
  }

  @Override
  public Runnable hold() {
    return store.hold();
  }

  @Override
  public void delete() throws StoreException {
    store.delete();
  }

  @Override
  public void close() throws StoreException {
    store.close();
  }
}
