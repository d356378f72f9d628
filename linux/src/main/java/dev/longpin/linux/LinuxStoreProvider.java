package dev.longpin.linux;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.linux.uring.FrameRing;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Reservation;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.FileChannelStore;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.util.List;

/** Opens files on Linux with what the C library offers beyond Java. */
public final class LinuxStoreProvider implements StoreProvider {

  /** Holds the locks of the process; made only where there is a C library. */
  private static final class Shared {
    static final SystemCalls CALLS = require(Linux.here());
    static final FileLocks LOCKS = new FileLocks(CALLS.files());

    private static SystemCalls require(Linux linux) {
      SystemCalls calls = linux.calls();
      if (calls == null) {
        throw new IllegalStateException("not available: " + linux.problem());
      }
      return calls;
    }
  }

  private final boolean uring;

  /** Makes one whose data moves by io_uring where the kernel lets us. */
  public LinuxStoreProvider() {
    this(true);
  }

  private LinuxStoreProvider(boolean uring) {
    this.uring = uring;
  }

  /** Makes one whose data moves by FileChannel. */
  public static LinuxStoreProvider withoutUring() {
    return new LinuxStoreProvider(false);
  }

  @Override
  public String name() {
    return "FileChannel";
  }

  @Override
  public int rank() {
    return 10;
  }

  @Override
  public boolean isAvailable() {
    return Linux.here().calls() != null;
  }

  /** Returns why {@link #isAvailable} is false, or the empty string. */
  public String problem() {
    return Linux.here().problem();
  }

  /**
   * Opens a file, its data by FileChannel; one that isn't on the default file system (in a zip,
   * say) as the portable way.
   */
  @Override
  public Store open(Path path, OpenMode mode) throws StoreException {
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      return FileChannelStore.open(path, mode);
    }
    return LinuxStore.open(Shared.CALLS.files(), Shared.LOCKS, path, mode);
  }

  /** Makes what a cache uses: with io_uring, or without it and a note that says why. */
  @Override
  public Engine engine(Reservation reservation) {
    SystemCalls calls = Shared.CALLS;
    MemfdMemory frames = MemfdMemory.reserve(calls, reservation);
    if (!uring) {
      return new ChannelEngine(this, frames, List.of());
    }
    Engine engine = null;
    try {
      engine = engine(calls, frames, reservation);
    } finally {
      if (engine == null) {
        frames.free();
      }
    }
    Notes.say(engine.info().notes());
    return engine;
  }

  private Engine engine(SystemCalls calls, MemfdMemory frames, Reservation reservation) {
    FrameRing.Result made = FrameRing.open(calls, frames.segment(), reservation.blockBytes());
    FrameRing ring = made.ring();
    if (ring == null) {
      String note = "io_uring can't be used: " + made.problem();
      return new ChannelEngine(this, frames, List.of(note));
    }
    Engine engine = null;
    try {
      engine = new UringEngine(this, calls, frames, ring, reservation.alignment());
      return engine;
    } finally {
      if (engine == null) {
        ring.close();
      }
    }
  }
}
