package dev.longpin.page;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.WritebackGate;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.base.SharedLock;
import dev.longpin.spi.Store;
import org.jspecify.annotations.Nullable;

/** The cached pages of one file, one per device and inode however often it is open. */
public final class AddressSpace {

  private final int id;
  private volatile Store store;
  private final PageIndex index = new PageIndex();
  private final SharedLock invalidateLock = new SharedLock(LockRank.INVALIDATE);
  private final Mutex sizeLock = new Mutex(LockRank.SIZE);
  private final Mutex syncLock = new Mutex(LockRank.SYNC);
  private final LongCell size;
  private final GoingRanges going = new GoingRanges();
  private final MarkedRanges refused = new MarkedRanges();
  private final WritebackErrors errors = new WritebackErrors();
  private volatile @Nullable WritebackGate gate;
  private volatile boolean backgroundWriteback = true;
  private volatile boolean abandoned;

  /** Makes the empty space of a store's file. */
  public AddressSpace(Frames frames, Store store, long sizeBytes) {
    this.store = store;
    this.size = new LongCell(sizeBytes);
    this.id = frames.register(this);
  }

  int id() {
    return id;
  }

  /** Forgets the space's number; it has no pages. */
  public void unregister(Frames frames) {
    frames.unregister(id);
  }

  /** Returns the file. */
  public Store store() {
    return store;
  }

  /** Replaces the store by one of the same file that can do more. */
  public void setStore(Store next) {
    store = next;
  }

  /** Returns the index. */
  public PageIndex index() {
    return index;
  }

  /** Returns the lock that faults and writes share and that cuts have alone. */
  public SharedLock invalidateLock() {
    return invalidateLock;
  }

  /** Returns the lock that makes the file grow in one place at a time. */
  public Mutex sizeLock() {
    return sizeLock;
  }

  /** Returns the lock of an fdatasync. */
  public Mutex syncLock() {
    return syncLock;
  }

  /** Returns the size of the file in bytes. */
  public long size() {
    return size.get();
  }

  /** Sets the size: with the size lock held, or the invalidate lock alone. */
  public void setSize(long sizeBytes) {
    size.set(sizeBytes);
  }

  /** Returns the ranges that are going. */
  public GoingRanges going() {
    return going;
  }

  /** Returns the ranges in which nobody gets a long-term pin. */
  public MarkedRanges refused() {
    return refused;
  }

  /** Returns the errors of writeback. */
  public WritebackErrors errors() {
    return errors;
  }

  /** Returns the gate that is asked before a page is cleaned. */
  public @Nullable WritebackGate gate() {
    return gate;
  }

  /** Sets the gate. */
  public void setGate(@Nullable WritebackGate next) {
    gate = next;
  }

  /** Returns whether background writeback cleans this file. */
  public boolean hasBackgroundWriteback() {
    return backgroundWriteback;
  }

  /** Includes the file in background writeback or leaves it out. */
  public void setBackgroundWriteback(boolean enabled) {
    backgroundWriteback = enabled;
  }

  /** The file is closed, though something may be at work in it; with the index locked. */
  public void abandon() {
    abandoned = true;
  }

  /** Returns whether the file is closed. */
  public boolean isAbandoned() {
    return abandoned;
  }

  /**
   * Throws if the file was abandoned; asked with the index locked before a page changes there.
   *
   * @throws FileClosedException if it was
   */
  public void checkNotAbandoned() {
    if (abandoned) {
      throw new FileClosedException(store.path() + " was closed meanwhile");
    }
  }

  /** Gives a page another frame, with the index locked. */
  public void move(Frames frames, long pageIndex, int frame) {
    frames.setOwner(frame, this, pageIndex);
    index.move(pageIndex, frame);
  }

  /** Puts a freshly mapped frame into the index, with the index locked. */
  public void install(Frames frames, long pageIndex, int frame) {
    frames.setOwner(frame, this, pageIndex);
    index.install(pageIndex, frame);
  }
}
