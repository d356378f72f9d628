package dev.longpin.cache;

import dev.longpin.api.FileChangedException;
import dev.longpin.api.LongpinException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockOrder;
import dev.longpin.base.LongCell;
import dev.longpin.page.AddressSpace;
import dev.longpin.spi.Store;
import dev.longpin.store.WatchedStore;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file that is open in a cache, and its open instances. */
final class OpenFile {

  private final AddressSpace space;
  private final LongCell operations = new LongCell(0);
  private final EventCount operationEnded = new EventCount();
  private final LongCell changes = new LongCell(0);
  private volatile @Nullable FileChangedException lastChange;
  private volatile WatchedStore store;

  // Guarded by the cache's table of files.
  final Set<DefaultCachedFile> instances = new LinkedHashSet<>();
  final List<WatchedStore> stores = new ArrayList<>();
  boolean writable;

  /** No operation may begin any more: the last close, or a delete, is under way. */
  volatile boolean closing;

  OpenFile(AddressSpace space, WatchedStore store, boolean writable) {
    this.space = space;
    this.store = store;
    this.writable = writable;
    stores.add(store);
  }

  AddressSpace space() {
    return space;
  }

  WatchedStore store() {
    return store;
  }

  Store.Identity identity() {
    return store.identity();
  }

  /** Goes over to a store that can write; the old one stays open for what is in flight. */
  void upgrade(WatchedStore next) {
    stores.add(next);
    next.distrust(); // the old one may have a write in flight
    store = next;
    space.setStore(next);
    writable = true;
  }

  /** Returns how many changes by other programs were noticed. */
  long changes() {
    return changes.get();
  }

  /**
   * Looks whether another program changed the file.
   *
   * @param seen the number of changes that the opener who asks has been told of
   * @throws FileChangedException if there is one that it has not; it has now
   */
  void checkUnchanged(LongCell seen) throws LongpinException {
    try {
      store.check();
    } catch (FileChangedException e) {
      noteChange(e);
    }
    tell(seen);
  }

  /** The same, where it is enough to look now and then. */
  void checkUnchangedOnMiss(LongCell seen) throws LongpinException {
    try {
      store.checkOnMiss();
    } catch (FileChangedException e) {
      noteChange(e);
    }
    tell(seen);
  }

  private void noteChange(FileChangedException change) {
    lastChange = change;
    changes.add(1);
  }

  private void tell(LongCell seen) throws FileChangedException {
    long count = changes.get();
    FileChangedException change = lastChange;
    if (count > seen.get() && change != null) {
      seen.raiseTo(count);
      throw new FileChangedException(store.path(), change.how());
    }
  }

  void operationBegins() {
    if (LockOrder.holdsAny()) {
      throw new IllegalStateException("a PinPolicy must not use the cache: locks are held");
    }
    operations.add(1);
  }

  void operationEnds() {
    if (operations.add(-1) == 0 && closing) {
      operationEnded.signalAll();
    }
  }

  /** Waits until no operation is under way; false if the deadline passed first. */
  boolean awaitOperations(Deadline deadline) throws InterruptedException {
    while (operations.get() > 0) {
      int ticket = operationEnded.ticket();
      if (operations.get() > 0 && !operationEnded.await(ticket, deadline)) {
        return operations.get() == 0;
      }
    }
    return true;
  }
}
