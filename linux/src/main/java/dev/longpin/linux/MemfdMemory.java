package dev.longpin.linux;

import dev.longpin.base.LockRank;
import dev.longpin.base.Mutex;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.spi.Memory;
import dev.longpin.spi.Reservation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Frames in a sealed file in memory: of its largest size, so that nobody who is handed the
 * descriptor can take pages from under a device; what of it is not populated is a hole. Huge pages
 * from the system's pool if it has enough of them, else those that the kernel puts together when
 * asked, if it does.
 */
final class MemfdMemory implements Memory {

  private static final int SEALS =
      MemoryCalls.F_SEAL_GROW | MemoryCalls.F_SEAL_SHRINK | MemoryCalls.F_SEAL_SEAL;

  /** The huge pages of the pool, on the machines that we know with pages of 4 KiB. */
  private static final long HUGE_PAGE = 2 << 20;

  /** With the names of mapped files, in whatever charset those are. */
  private static final Path SMAPS = Path.of("/proc/self/smaps");

  private static final int KIBIBYTE = 1024;

  private final SystemCalls calls;
  private final int descriptor;

  /** Who looks at the memory after its end gets an exception, as with any arena's. */
  private final Arena arena = Arena.ofShared();

  private final MemorySegment segment;
  private final boolean pooled;

  /** The files of ranges that are lent, by their offset. */
  private final Map<Long, Integer> lent = new HashMap<>(); // under the lock

  private final Mutex lock = new Mutex(LockRank.STORE);

  private MemfdMemory(
      SystemCalls calls, int descriptor, long address, long size, long bytes, boolean pooled) {
    this.calls = calls;
    this.descriptor = descriptor;
    this.segment =
        Downcalls.memoryAt(address, size, arena, calls.memory()::unmap).asSlice(0, bytes);
    this.pooled = pooled;
  }

  /**
   * Reserves a region, of which nothing is populated.
   *
   * @throws OutOfMemoryError if there are not so many addresses
   */
  static MemfdMemory reserve(SystemCalls calls, Reservation reservation) {
    long bytes = reservation.bytes();
    long wanted = Math.max(reservation.alignment(), calls.memory().machinePageSize());
    boolean inHugePages =
        reservation.blockBytes() >= bytes || reservation.blockBytes() % HUGE_PAGE == 0;
    if (bytes >= HUGE_PAGE && inHugePages) {
      MemfdMemory pooled = tryAllocate(calls, bytes, HUGE_PAGE, MemoryCalls.MFD_HUGETLB);
      if (pooled != null) {
        return pooled;
      }
      wanted = HUGE_PAGE;
    }
    MemfdMemory plain = tryAllocate(calls, bytes, wanted, 0);
    if (plain == null) {
      throw new OutOfMemoryError("no memory for frames of " + bytes + " bytes");
    }
    int _ = calls.memory().adviseHuge(plain.segment); // a wish: refused where they are turned off
    return plain;
  }

  private static @Nullable MemfdMemory tryAllocate(
      SystemCalls calls, long bytes, long alignment, int flags) {
    boolean pooled = (flags & MemoryCalls.MFD_HUGETLB) != 0;
    int descriptor =
        calls
            .memory()
            .memfdCreate(
                "longpin-frames", flags | MemoryCalls.MFD_CLOEXEC | MemoryCalls.MFD_ALLOW_SEALING);
    if (descriptor < 0) {
      return null;
    }
    long size = roundUp(bytes, pooled ? HUGE_PAGE : calls.memory().machinePageSize());
    MemfdMemory memory = null;
    try {
      if (calls.files().ftruncate(descriptor, size) >= 0
          && calls.memory().addSeals(descriptor, SEALS) >= 0) {
        long address =
            pooled
                ? calls.memory().map(descriptor, 0, size, 0) // aligned as its pages are
                : calls.memory().mapAligned(descriptor, size, alignment);
        if (address >= 0) {
          memory = new MemfdMemory(calls, descriptor, address, size, bytes, pooled);
        }
      }
      return memory;
    } finally {
      if (memory == null) {
        calls.files().close(descriptor);
      }
    }
  }

  private static long roundUp(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }

  @Override
  public MemorySegment segment() {
    return segment;
  }

  @Override
  public boolean isResizable() {
    return true;
  }

  @Override
  public void populate(long offset, long lengthBytes) {
    long available = pooled ? lengthBytes : new AvailableMemory(Path.of("/")).bytes();
    if (lengthBytes > available) {
      throw new OutOfMemoryError(
          "frames of " + lengthBytes + " bytes, and " + available + " are available");
    }
    MemorySegment range = segment.asSlice(offset, lengthBytes);
    int result = calls.memory().populate(range);
    while (Errno.EINTR.is(result) || Errno.EAGAIN.is(result)) {
      result = calls.memory().populate(range);
    }
    if (result < 0 && !Errno.EINVAL.is(result)) { // an older kernel does it when asked for a page
      giveBack(offset, lengthBytes);
      throw new OutOfMemoryError("frames of " + lengthBytes + " bytes: " + Errno.describe(result));
    }
  }

  @Override
  public void giveBack(long offset, long lengthBytes) {
    int result = punch(descriptor, offset, lengthBytes);
    if (result < 0) {
      throw new IllegalStateException("fallocate of frames: " + Errno.describe(result));
    }
  }

  private int punch(int file, long offset, long lengthBytes) {
    int mode = Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE;
    return calls.files().fallocate(file, mode, offset, lengthBytes);
  }

  /** Maps a file where frames are, in place of what is there. */
  private long mapFrames(long offset, long lengthBytes, int file, long offsetInFile) {
    MemorySegment place = segment.asSlice(offset, lengthBytes);
    return calls.memory().mapOver(place, file, offsetInFile, true, false);
  }

  @Override
  public int lend(long offset, long lengthBytes) {
    int flags = MemoryCalls.MFD_CLOEXEC | MemoryCalls.MFD_ALLOW_SEALING;
    int lent = calls.memory().memfdCreate("longpin-lent", flags);
    if (lent < 0) {
      throw new OutOfMemoryError("memfd_create: " + Errno.describe(lent));
    }
    boolean done = false;
    try {
      check("ftruncate", calls.files().ftruncate(lent, lengthBytes));
      check("seals", calls.memory().addSeals(lent, SEALS));
      check("mmap", mapFrames(offset, lengthBytes, lent, 0));
      populate(offset, lengthBytes);
      note(offset, lent);
      done = true;
      return lent;
    } finally {
      if (!done) {
        long _ = mapFrames(offset, lengthBytes, descriptor, offset);
        calls.files().close(lent);
      }
    }
  }

  private static void check(String call, long result) {
    if (result < 0) {
      throw new OutOfMemoryError(call + " of memory to be lent: " + Errno.describe(result));
    }
  }

  private void note(long offset, int file) {
    lock.lock();
    try {
      lent.put(offset, file);
    } finally {
      lock.unlock();
    }
  }

  private @Nullable Integer forget(long offset) {
    lock.lock();
    try {
      return lent.remove(offset);
    } finally {
      lock.unlock();
    }
  }

  /** Who has the file keeps it, but not its pages, and no frame is there any more. */
  @Override
  public void takeBack(long offset, long lengthBytes) {
    Integer file = forget(offset);
    if (file == null) {
      throw new IllegalStateException("not lent: " + offset);
    }
    long result = mapFrames(offset, lengthBytes, descriptor, offset);
    if (result < 0) {
      throw new IllegalStateException("mmap of frames: " + Errno.describe(result));
    }
    int _ = punch(file, 0, lengthBytes); // at worst who has the file keeps memory
    calls.files().close(file);
  }

  /** Returns how many bytes are in huge pages, as the kernel counts them. */
  long hugePageBytes() {
    if (pooled) {
      return segment.byteSize();
    }
    String start = Long.toHexString(segment.address()) + "-";
    try (Stream<String> lines = Files.lines(SMAPS, StandardCharsets.ISO_8859_1)) {
      return lines
          .dropWhile(line -> !line.startsWith(start))
          .filter(line -> line.startsWith("ShmemPmdMapped:"))
          .findFirst()
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIBIBYTE)
          .orElse(0L);
    } catch (IOException | UncheckedIOException e) {
      return 0; // not told
    }
  }

  @Override
  public void free() {
    lent.values().forEach(file -> calls.files().close(file));
    arena.close();
    calls.files().close(descriptor);
  }
}
