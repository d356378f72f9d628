package dev.longpin.page;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The numbers of the address spaces of a cache, by which the reverse map names them. */
final class Spaces {

  /** More open files than this a cache can't tell apart. */
  static final int LIMIT = 1 << 24;

  private final Mutex lock = new Mutex(LockRank.FRAMES);
  private final List<@Nullable AddressSpace> spaces = new ArrayList<>(); // under the lock

  int register(AddressSpace space) {
    lock.lock();
    try {
      int id = spaces.indexOf(null);
      if (id < 0) {
        id = spaces.size();
        if (id >= LIMIT) {
          throw new IllegalStateException("more than " + LIMIT + " open files");
        }
        spaces.add(space);
      } else {
        spaces.set(id, space);
      }
      return id;
    } finally {
      lock.unlock();
    }
  }

  void unregister(int id) {
    lock.lock();
    try {
      spaces.set(id, null);
    } finally {
      lock.unlock();
    }
  }

  @Nullable AddressSpace of(int id) {
    lock.lock();
    try {
      return id < spaces.size() ? spaces.get(id) : null;
    } finally {
      lock.unlock();
    }
  }
}
