package dev.longpin.linux;

import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.base.Checks;
import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.Libc.Flock;
import dev.longpin.spi.Store.Identity;
import dev.longpin.store.StoreErrors;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The locks that this process has on files, against other processes: one per file, however many
 * stores are open on it.
 *
 * <p>They are open-file-description locks: unlike POSIX locks they don't go when some other
 * descriptor of the file is closed. Two descriptions in one process conflict like two processes,
 * hence the table here. A lock stays with a duplicate of the descriptor of the store that took it.
 *
 * <p>A reader locks the body for reading: all but the last byte that a file could have. A writer
 * locks the whole for writing. When a writer joins readers of this process, the lock moves from the
 * reader's descriptor, which can't carry a write lock, to the writer's:
 *
 * <ol>
 *   <li>The writer's takes the last byte. From now on no process can become a writer.
 *   <li>The reader's lets go of the body. Others can only get a read lock on it.
 *   <li>The writer's takes the body. If another process reads, this fails, and the reader's can
 *       take its read lock again because of step 1.
 * </ol>
 *
 * <p>When the last writer leaves and readers stay, the lock becomes a read lock in one call.
 */
final class FileLocks {

  /** The parts of a file that are locked. */
  private enum Part {
    WHOLE(0, 0),
    BODY(0, Long.MAX_VALUE),
    LAST(Long.MAX_VALUE, 1);

    private final long start;
    private final long length;

    Part(long start, long length) {
      this.start = start;
      this.length = length;
    }
  }

  private final Libc libc;
  private final Mutex mutex = new Mutex(LockRank.STORE);
  private final Map<Identity, Held> table = new HashMap<>();

  FileLocks(Libc libc) {
    this.libc = libc;
  }

  /** What is held on one file. Guarded by the mutex. */
  private static final class Held {
    int descriptor;
    boolean exclusive;
    int readers;
    int writers;

    Held(int descriptor, boolean exclusive) {
      this.descriptor = descriptor;
      this.exclusive = exclusive;
    }

    void count(boolean writer, int delta) {
      if (writer) {
        writers += delta;
      } else {
        readers += delta;
      }
      Checks.invariant(readers >= 0 && writers >= 0, "a file lock is released once per owner");
    }
  }

  /** One store's part in a lock. */
  final class Lease {
    private final Identity identity;
    private final boolean writer;
    private boolean released;

    private Lease(Identity identity, boolean writer) {
      this.identity = identity;
      this.writer = writer;
    }

    /** Gives it up; a second call does nothing. */
    void release() {
      mutex.lock();
      try {
        if (!released) {
          released = true;
          FileLocks.this.release(identity, writer);
        }
      } finally {
        mutex.unlock();
      }
    }
  }

  /**
   * Locks a file for another store of this process, or joins the lock that there is.
   *
   * @param descriptor of that store, open for writing if {@code writer}; a duplicate is kept
   * @return null if the file system has no locks
   * @throws StoreException {@code LOCKED} if another process stands in the way
   */
  @Nullable Lease acquire(Identity identity, int descriptor, boolean writer, Path path)
      throws StoreException {
    mutex.lock();
    try {
      Held held = table.get(identity);
      int result = 0;
      if (held == null) {
        result = first(identity, descriptor, writer);
      } else if (writer && !held.exclusive) {
        result = upgrade(held, descriptor);
      }
      if (Errno.EOPNOTSUPP.is(result) || Errno.ENOSYS.is(result) || Errno.EINVAL.is(result)) {
        return null;
      }
      if (result < 0) {
        throw refused(result, writer, path);
      }
      held(identity).count(writer, 1);
      return new Lease(identity, writer);
    } finally {
      mutex.unlock();
    }
  }

  private static StoreException refused(int result, boolean writer, Path path) {
    String operation = "lock for " + (writer ? "writing" : "reading");
    if (Errno.EAGAIN.is(result) || Errno.EACCES.is(result)) {
      String reason = "another process has it open" + (writer ? "" : " for writing");
      return StoreErrors.failed(Kind.LOCKED, operation, path, reason, null);
    }
    return StoreErrors.failed(Errno.kind(result), operation, path, Errno.describe(result), null);
  }

  private int first(Identity identity, int descriptor, boolean writer) {
    int own = libc.duplicate(descriptor);
    if (own < 0) {
      return own;
    }
    int result = writer ? lock(own, Libc.F_WRLCK, Part.WHOLE) : lock(own, Libc.F_RDLCK, Part.BODY);
    if (result < 0) {
      drop(own);
    } else {
      table.put(identity, new Held(own, writer));
    }
    return result;
  }

  private int upgrade(Held held, int descriptor) {
    int own = libc.duplicate(descriptor);
    if (own < 0) {
      return own;
    }
    int result = lock(own, Libc.F_WRLCK, Part.LAST); // 1
    if (result == 0) {
      lock(held.descriptor, Libc.F_UNLCK, Part.BODY); // 2
      result = lock(own, Libc.F_WRLCK, Part.BODY); // 3
      if (result < 0) {
        int again = lock(held.descriptor, Libc.F_RDLCK, Part.BODY);
        Checks.invariant(again == 0, "a read lock can be taken again: " + Errno.describe(again));
      }
    }
    if (result < 0) {
      drop(own);
      return result;
    }
    libc.close(held.descriptor);
    held.descriptor = own;
    held.exclusive = true;
    return 0;
  }

  private Held held(Identity identity) {
    Held held = table.get(identity);
    if (held == null) {
      throw new AssertionError("invariant broken: the lock is in the table");
    }
    return held;
  }

  private void release(Identity identity, boolean writer) {
    Held held = held(identity);
    held.count(writer, -1);
    if (held.readers + held.writers == 0) {
      table.remove(identity);
      drop(held.descriptor);
    } else if (held.exclusive && held.writers == 0) {
      lock(held.descriptor, Libc.F_RDLCK, Part.BODY);
      lock(held.descriptor, Libc.F_UNLCK, Part.LAST);
      held.exclusive = false;
    }
  }

  /** Unlocks before closing: the store's own descriptor keeps the description alive. */
  private void drop(int descriptor) {
    lock(descriptor, Libc.F_UNLCK, Part.WHOLE);
    libc.close(descriptor);
  }

  private int lock(int descriptor, short type, Part part) {
    return libc.setLock(descriptor, new Flock(type, part.start, part.length));
  }
}
