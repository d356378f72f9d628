package dev.longpin.cache;

import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.WaitEndedException;
import dev.longpin.base.Deadline;
import dev.longpin.base.EventCount;
import dev.longpin.base.LockRank;
import dev.longpin.base.LongCell;
import dev.longpin.base.Mutex;
import dev.longpin.base.Seam;
import dev.longpin.mm.Awaiting;
import dev.longpin.page.AddressSpace;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Store;
import dev.longpin.store.DrainingStore;
import dev.longpin.store.WatchedStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The table of a cache's open files: one entry for each file, however often and by whatever names
 * it is open.
 *
 * <p>A file is opened in three steps, of which the second is outside the lock:
 *
 * <ol>
 *   <li>Note that an open is under way.
 *   <li>Open the store, and find out which file it is.
 *   <li>Join the file's entry, or make it. If that file is being closed, or was closed since (1),
 *       or a call of an earlier store of it still hangs and may land at any time, wait for that,
 *       and start again.
 * </ol>
 */
final class OpenFiles {

  /** Makes an entry and instances of it. */
  interface Maker {
    /** Makes the entry of a file that is not open. */
    OpenFile file(WatchedStore store, OpenMode mode) throws StoreException;

    /** Makes an instance. */
    DefaultCachedFile instance(OpenFile file, Path path, OpenMode mode);

    /** An entry or a call has gone; there may be none left. */
    void gone();
  }

  /** An open that is under way. */
  private static final class Attempt {
    /** What was closed since it began. */
    final Set<Store.Identity> closed = new HashSet<>();
  }

  private final Maker maker;
  private final Mutex lock = new Mutex(LockRank.FILES);
  private final EventCount changed = new EventCount();

  // Under the lock:
  private final Map<Store.Identity, OpenFile> files = new HashMap<>();
  private final List<WatchedStore> draining = new ArrayList<>();
  private final List<Attempt> attempts = new ArrayList<>();
  private volatile boolean closed;

  /** Of the files that were closed: whether there was one, and one that was not direct. */
  private boolean closedAny;

  private boolean closedIndirect;

  OpenFiles(Maker maker) {
    this.maker = maker;
  }

  /** Opens a file. */
  DefaultCachedFile open(Engine engine, Path path, OpenMode mode, Deadline deadline)
      throws LongpinException {
    while (true) {
      int ticket = changed.ticket();
      Attempt attempt = startOpen(); // (1)
      try {
        Store opened = engine.open(path, mode); // (2)
        DefaultCachedFile instance = join(path, mode, opened, attempt); // (3)
        if (instance != null) {
          return instance;
        }
      } finally {
        endOpen(attempt);
      }
      await(path, ticket, deadline);
    }
  }

  private Attempt startOpen() {
    lock.lock();
    try {
      checkOpen();
      Attempt attempt = new Attempt();
      attempts.add(attempt);
      return attempt;
    } finally {
      lock.unlock();
    }
  }

  private void endOpen(Attempt attempt) {
    lock.lock();
    try {
      attempts.remove(attempt);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable DefaultCachedFile join(Path path, OpenMode mode, Store opened, Attempt attempt)
      throws LongpinException {
    boolean kept = false;
    try {
      WatchedStore store = new WatchedStore(new DrainingStore(opened, this::drained));
      Store.Identity identity = store.identity();
      checkUnchanged(identity);
      lock.lock();
      try {
        checkOpen();
        OpenFile file = files.get(identity);
        if (attempt.closed.contains(identity)
            || drainingLocked().stream().anyMatch(old -> old.identity().equals(identity))
            || (file != null && file.closing)) {
          return null;
        }
        claim(path, identity, mode);
        if (file == null) {
          file = maker.file(store, mode);
          files.put(identity, file);
          kept = true;
        } else if (mode.writes() && !file.writable) {
          file.upgrade(store);
          kept = true;
        }
        DefaultCachedFile instance = maker.instance(file, path, mode);
        file.instances.add(instance);
        return instance;
      } finally {
        lock.unlock();
      }
    } finally {
      if (!kept) {
        opened.close();
        releaseUnused(opened.identity());
      }
    }
  }

  /** Looks whether another program changed a file that is open already. */
  private void checkUnchanged(Store.Identity identity) throws LongpinException {
    OpenFile file;
    lock.lock();
    try {
      file = files.get(identity);
    } finally {
      lock.unlock();
    }
    if (file != null && !file.closing) {
      try {
        file.checkUnchanged(new LongCell(file.changes()));
      } catch (FileClosedException e) {
        // It was closed meanwhile, and is opened anew.
      }
    }
  }

  private void releaseUnused(Store.Identity identity) {
    lock.lock();
    try {
      releaseIfGone(identity);
    } finally {
      lock.unlock();
    }
  }

  private void claim(Path path, Store.Identity identity, OpenMode mode) throws StoreException {
    if (!FileClaims.tryClaim(identity, this, mode.writes())) {
      throw new StoreException(
          StoreException.Kind.LOCKED,
          path
              + ": another page cache of this process has it open; use that one, or close it there",
          null);
    }
  }

  /** With the lock held: ends the claim to a file that is closed and that no call can reach. */
  private void releaseIfGone(Store.Identity identity) {
    if (!files.containsKey(identity)
        && draining.stream().noneMatch(store -> store.identity().equals(identity))) {
      FileClaims.release(identity, this);
    }
  }

  private void await(Path path, int ticket, Deadline deadline) throws WaitEndedException {
    String what =
        "open of "
            + path
            + ", which is being closed, or has an I/O that hangs or, on DAX, a page that a device still holds,";
    Awaiting.awaitInTime(what, until -> changed.await(ticket, until), deadline);
  }

  /**
   * A call that had outlived its file's close has returned, and its store is closed. Its caller may
   * have any lock, so the table is looked at by a thread without one.
   */
  private void drained() {
    changed.signalAll();
    Seam.startTask(
        "longpin-drained",
        () -> {
          lock.lock();
          try {
            drainingLocked();
          } finally {
            lock.unlock();
          }
          maker.gone();
        });
  }

  /** Returns the stores that were closed while a call was in them that has not returned yet. */
  private List<WatchedStore> drainingLocked() {
    for (WatchedStore store : List.copyOf(draining)) {
      if (store.isDrained()) {
        draining.remove(store);
        releaseIfGone(store.identity());
      }
    }
    return draining;
  }

  /**
   * Removes an instance from its file.
   *
   * @return whether it was the last: the file is closing then, and the caller goes on with that
   */
  boolean startClose(OpenFile file, DefaultCachedFile instance, Deadline deadline)
      throws WaitEndedException {
    while (true) {
      int ticket = changed.ticket();
      lock.lock();
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
        lock.unlock();
      }
      await(instance.path(), ticket, deadline); // a close by someone else is under way
    }
  }

  /** All instances of a file end: it was deleted. False if they are ending already. */
  boolean startDelete(OpenFile file) {
    lock.lock();
    try {
      if (file.closing) {
        return false;
      }
      file.closing = true;
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The last close failed: the file is open as before. */
  void abandonClose(OpenFile file) {
    lock.lock();
    try {
      file.closing = false;
    } finally {
      lock.unlock();
    }
    changed.signalAll();
  }

  /** The file's pages are gone: forgets it and closes its stores, each after the calls in it. */
  void finishClose(OpenFile file) throws StoreException {
    StoreException failure = null;
    boolean direct = file.store().features().contains(Store.Feature.DIRECT);
    for (WatchedStore store : file.stores) {
      try {
        store.close();
      } catch (StoreException e) {
        failure = e;
      }
    }
    lock.lock();
    try {
      closedAny = true;
      closedIndirect |= !direct;
      file.instances.forEach(DefaultCachedFile::markClosed);
      file.instances.clear();
      files.remove(file.identity(), file);
      attempts.forEach(attempt -> attempt.closed.add(file.identity()));
      file.stores.stream().filter(store -> !store.isDrained()).forEach(draining::add);
      releaseIfGone(file.identity());
    } finally {
      lock.unlock();
    }
    changed.signalAll();
    maker.gone();
    if (failure != null) {
      throw failure;
    }
  }

  /** No file can be opened any more. */
  void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** Files can be opened as before: the close of the cache failed. */
  void reopen() {
    lock.lock();
    try {
      closed = false;
    } finally {
      lock.unlock();
    }
  }

  void checkOpen() {
    if (closed) {
      throw new FileClosedException("the page cache is closed or being closed");
    }
  }

  /** Returns the files that are not being closed. */
  List<AddressSpace> spaces() {
    lock.lock();
    try {
      return files.values().stream().filter(file -> !file.closing).map(OpenFile::space).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether there are open files, or such that can be written, and all have a feature. */
  boolean allHave(boolean writable, Store.Feature feature) {
    lock.lock();
    try {
      List<OpenFile> some =
          files.values().stream()
              .filter(file -> !file.closing && (file.writable || !writable))
              .toList();
      return !some.isEmpty()
          && some.stream().allMatch(file -> file.store().features().contains(feature));
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether there was a file, and all moved their data past the kernel's page cache. */
  boolean wereDirect() {
    lock.lock();
    try {
      return !closedIndirect
          && (closedAny || !files.isEmpty())
          && files.values().stream()
              .allMatch(file -> file.store().features().contains(Store.Feature.DIRECT));
    } finally {
      lock.unlock();
    }
  }

  /** Returns every open instance. */
  List<DefaultCachedFile> instances() {
    lock.lock();
    try {
      return files.values().stream().flatMap(file -> file.instances.stream()).toList();
    } finally {
      lock.unlock();
    }
  }

  /** Returns whether no file is open, and no call of an earlier one is under way. */
  boolean isEmpty() {
    lock.lock();
    try {
      return files.isEmpty() && drainingLocked().isEmpty();
    } finally {
      lock.unlock();
    }
  }
}
