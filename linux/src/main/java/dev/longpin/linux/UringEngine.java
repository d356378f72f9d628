package dev.longpin.linux;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.FrameRing;
import dev.longpin.spi.Engine;
import dev.longpin.spi.EngineInfo;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/** What a cache uses where the kernel lets us: frames in a memfd, and a ring that has them. */
final class UringEngine implements Engine, Memory {

  private static final String NAME = "io_uring";

  private static final long NOT_COUNTED = -1;

  private final StoreProvider files;
  private final MemfdMemory frames;
  private final FrameRing ring;
  private final SystemCalls calls;
  private final int pageSize;
  private volatile List<String> notes = List.of();

  /** Counted when it is asked for: the kernel walks the whole address space for that. */
  private volatile long hugePageBytes = NOT_COUNTED;

  /**
   * Makes one.
   *
   * @param files opens files for all that does not go by the ring
   * @param frames given over: freed with the ring
   * @param pageSize of the cache, in bytes
   */
  UringEngine(
      StoreProvider files, SystemCalls calls, MemfdMemory frames, FrameRing ring, int pageSize) {
    this.files = files;
    this.frames = frames;
    this.ring = ring;
    this.calls = calls;
    this.pageSize = pageSize;
  }

  private void register(long offset, long lengthBytes) {
    ring.register(offset, lengthBytes);
    hugePageBytes = NOT_COUNTED;
    int error = ring.registrationError();
    boolean had = !notes.isEmpty();
    notes =
        error == 0
            ? List.of()
            : List.of(notRegistered(error, lengthBytes, calls.memory().memlockLimit()));
    if (!had) {
      Notes.say(notes);
    }
  }

  private void unregister(long offset, long lengthBytes) {
    ring.unregister(offset, lengthBytes);
    hugePageBytes = NOT_COUNTED;
  }

  private static String notRegistered(int error, long bytes, long limit) {
    String size = (bytes >> 20) + " MiB of frames";
    return Errno.ENOMEM.is(error)
        ? "the memlock limit of "
            + (limit >> 10)
            + " KiB is too small to register "
            + size
            + " for I/O: going on without, a little slower (ulimit -l, or LimitMEMLOCK= of the"
            + " service, raises it)"
        : "the kernel did not register " + size + " for I/O: " + Errno.describe(error);
  }

  @Override
  public Memory memory() {
    return this;
  }

  @Override
  public EngineInfo info() {
    long huge = hugePageBytes;
    if (huge == NOT_COUNTED) {
      huge = frames.hugePageBytes();
      hugePageBytes = huge;
    }
    return new EngineInfo(NAME, ring.registeredBytes(), huge, notes);
  }

  @Override
  public MemorySegment segment() {
    return frames.segment();
  }

  @Override
  public boolean isResizable() {
    return frames.isResizable();
  }

  @Override
  public void populate(long offset, long lengthBytes) {
    frames.populate(offset, lengthBytes);
    register(offset, lengthBytes);
  }

  @Override
  public void giveBack(long offset, long lengthBytes) {
    unregister(offset, lengthBytes); // else it would keep the pages
    frames.giveBack(offset, lengthBytes);
  }

  @Override
  public int lend(long offset, long lengthBytes) {
    int descriptor = frames.lend(offset, lengthBytes);
    register(offset, lengthBytes);
    return descriptor;
  }

  @Override
  public void takeBack(long offset, long lengthBytes) {
    unregister(offset, lengthBytes);
    frames.takeBack(offset, lengthBytes);
  }

  @Override
  public void free() {
    ring.close();
    frames.free();
  }

  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    Store opened = files.open(path, mode);
    if (!(opened instanceof LinuxStore store)) {
      return opened;
    }
    Store made = null;
    try {
      made = new UringStore(store, ring, store.openForRing(pageSize));
      return made;
    } finally {
      if (made == null) {
        store.close();
      }
    }
  }
}
