package dev.longpin.linux.uring;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/**
 * The files that a ring has registered, which spares the kernel a look-up at each request. A file
 * for which there is no room is used by its descriptor.
 */
final class RegisteredFiles {

  private static final int ROOM = 256;

  private final Ring ring;
  private final int room;
  private final Mutex lock = new Mutex(LockRank.STORE);
  private final BitSet used = new BitSet();

  /** Makes the ring's table; one without room if the kernel refuses it. */
  RegisteredFiles(Ring ring) {
    this.ring = ring;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment none = arena.allocate(ValueLayout.JAVA_INT, ROOM);
      none.fill((byte) 0xFF);
      room = ring.register(UringAbi.REGISTER_FILES, none, ROOM) < 0 ? 0 : ROOM;
    }
  }

  /** Registers a file if there is room. */
  UringFile add(int descriptor) {
    int place;
    lock.lock();
    try {
      place = used.nextClearBit(0);
      if (place >= room) {
        return new UringFile(descriptor, false);
      }
      used.set(place);
    } finally {
      lock.unlock();
    }
    if (update(place, descriptor) < 0) {
      free(place);
      return new UringFile(descriptor, false);
    }
    return new UringFile(place, true);
  }

  /** Forgets a file that no request is under way for. */
  void remove(UringFile file) {
    if (file.registered() && update(file.number(), -1) >= 0) {
      free(file.number());
    }
  }

  private int update(int place, int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment descriptors = arena.allocateFrom(ValueLayout.JAVA_INT, descriptor);
      MemorySegment update = arena.allocate(UringAbi.FILES_UPDATE);
      update.set(ValueLayout.JAVA_INT, 0, place);
      update.set(ValueLayout.JAVA_LONG, UringAbi.FILES_UPDATE_FDS, descriptors.address());
      return ring.register(UringAbi.REGISTER_FILES_UPDATE, update, 1);
    }
  }

  private void free(int place) {
    lock.lock();
    try {
      used.clear(place);
    } finally {
      lock.unlock();
    }
  }
}
