package dev.longpin.linux.sys;

import static dev.longpin.linux.sys.Downcalls.ADDRESS;
import static dev.longpin.linux.sys.Downcalls.FIXED;
import static dev.longpin.linux.sys.Downcalls.INT;
import static dev.longpin.linux.sys.Downcalls.LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The calls that make, map and limit memory. */
public final class MemoryCalls {

  public static final int MFD_CLOEXEC = 1;
  public static final int MFD_ALLOW_SEALING = 2;
  public static final int MFD_HUGETLB = 4;

  public static final int F_SEAL_SEAL = 1;
  public static final int F_SEAL_SHRINK = 2;
  public static final int F_SEAL_GROW = 4;

  private static final int MAP_SHARED = 1;
  private static final int MAP_PRIVATE = 2;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_NORESERVE = 0x4000;
  public static final int MAP_POPULATE = 0x8000;

  /** A kernel or a file system that doesn't know one of the flags refuses them. */
  public static final int MAP_SHARED_VALIDATE = 3;

  /** What is stored there and flushed from the CPU's cache is the file's: DAX only. */
  public static final int MAP_SYNC = 0x80000;

  private static final int PROT_NONE = 0;
  private static final int PROT_READ = 1;
  private static final int PROT_WRITE = 2;
  private static final int MADV_HUGEPAGE = 14;
  private static final int MADV_POPULATE_WRITE = 23;
  private static final int F_ADD_SEALS = 1033;
  private static final int RLIMIT_MEMLOCK = 8;
  private static final int SC_PAGESIZE = 30;

  private final MethodHandle memfdCreate;
  private final MethodHandle fcntl;
  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle madvise;
  private final MethodHandle getrlimit;
  private final MethodHandle sysconf;

  /** Finds the functions; throws as {@link Downcalls#find} does. */
  public MemoryCalls(Downcalls calls) {
    memfdCreate = calls.find("memfd_create", FIXED, INT, ADDRESS, INT);
    fcntl = calls.find("fcntl", 2, INT, INT, INT, INT);
    mmap = calls.find("mmap", FIXED, ADDRESS, ADDRESS, LONG, INT, INT, INT, LONG);
    munmap = calls.find("munmap", FIXED, INT, ADDRESS, LONG);
    madvise = calls.find("madvise", FIXED, INT, ADDRESS, LONG, INT);
    getrlimit = calls.find("getrlimit", FIXED, INT, INT, ADDRESS);
    sysconf = calls.find("sysconf", FIXED, LONG, INT);
  }

  /** Makes a file in memory. */
  public int memfdCreate(String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      return (int)
          Downcalls.call(arena, errno -> (int) memfdCreate.invokeExact(errno, text, flags));
    }
  }

  /** Forbids changes of a file in memory. */
  public int addSeals(int descriptor, int seals) {
    return (int)
        Downcalls.call(errno -> (int) fcntl.invokeExact(errno, descriptor, F_ADD_SEALS, seals));
  }

  /** Maps a file for reading and writing, shared; returns the address. */
  public long map(int descriptor, long offset, long lengthBytes, int flags) {
    return map(0, lengthBytes, PROT_READ | PROT_WRITE, MAP_SHARED | flags, descriptor, offset);
  }

  /** The same for reading only. */
  public long mapReadOnly(int descriptor, long offset, long lengthBytes) {
    return map(0, lengthBytes, PROT_READ, MAP_SHARED, descriptor, offset);
  }

  /**
   * The same for reading and writing, from the file's start, at a multiple of {@code alignment},
   * which is one of the machine's page size. After a failure the place is left alone: a failed
   * MAP_FIXED may have made a hole of it, in which another thread has mapped something by now.
   */
  public long mapAligned(int descriptor, long lengthBytes, long alignment) {
    long start = reserve(lengthBytes, alignment);
    int flags = MAP_SHARED | MAP_FIXED;
    return start < 0
        ? start
        : map(start, lengthBytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  }

  /** Reserves addresses at a multiple of {@code alignment}, with nothing behind them. */
  public long reserve(long lengthBytes, long alignment) {
    long spare = lengthBytes + alignment;
    long reserved = map(0, spare, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (reserved < 0) {
      return reserved;
    }
    long start = (reserved + alignment - 1) & -alignment;
    unmap(reserved, start - reserved);
    unmap(start + lengthBytes, reserved + spare - start - lengthBytes);
    return start;
  }

  /**
   * Maps a part of a file, shared, over reserved addresses.
   *
   * @param sync whether with MAP_SYNC: what a store has reached is durable once it left the caches
   * @return a negated error number if it can't be; the addresses are reserved as before
   */
  public long mapOver(
      MemorySegment place, int descriptor, long offset, boolean writable, boolean sync) {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int flags = MAP_FIXED | (sync ? MAP_SHARED_VALIDATE | MAP_SYNC : MAP_SHARED);
    long bytes = place.byteSize();
    long mapped = map(place.address(), bytes, protection, flags, descriptor, offset);
    if (mapped < 0) {
      unmapOver(place); // a failed MAP_FIXED may have made a hole of it
    }
    return mapped;
  }

  /** Takes a mapping away; its addresses are reserved again. */
  public long unmapOver(MemorySegment place) {
    int flags = MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return map(place.address(), place.byteSize(), PROT_NONE, flags, -1, 0);
  }

  private long map(
      long at, long lengthBytes, int protection, int flags, int descriptor, long offset) {
    return Downcalls.call(errno -> {
      MemorySegment mapped =
          (MemorySegment)
              mmap.invokeExact(
                  errno,
                  MemorySegment.ofAddress(at),
                  lengthBytes,
                  protection,
                  flags,
                  descriptor,
                  offset);
      return mapped.address();
    });
  }

  /** Unmaps what {@link #map} mapped. */
  public int unmap(MemorySegment mapped) {
    return unmap(mapped.address(), mapped.byteSize());
  }

  private int unmap(long address, long bytes) {
    MemorySegment start = MemorySegment.ofAddress(address);
    return bytes == 0
        ? 0
        : (int) Downcalls.call(errno -> (int) munmap.invokeExact(errno, start, bytes));
  }

  /** Asks for huge pages. */
  public int adviseHuge(MemorySegment mapped) {
    return advise(mapped, MADV_HUGEPAGE);
  }

  /** Makes the kernel put memory behind a mapping now (since Linux 5.14; before: EINVAL). */
  public int populate(MemorySegment mapped) {
    return advise(mapped, MADV_POPULATE_WRITE);
  }

  private int advise(MemorySegment mapped, int advice) {
    return (int)
        Downcalls.call(
            errno -> (int) madvise.invokeExact(errno, mapped, mapped.byteSize(), advice));
  }

  /** Returns how many bytes this process may lock; negative for no limit. */
  public long memlockLimit() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limits = arena.allocate(LONG, 2);
      long result =
          Downcalls.call(
              arena, errno -> (int) getrlimit.invokeExact(errno, RLIMIT_MEMLOCK, limits));
      return result < 0 ? 0 : limits.get(LONG, 0);
    }
  }

  /** Returns the size of the machine's pages in bytes. */
  public int machinePageSize() {
    return (int) Downcalls.call(errno -> (long) sysconf.invokeExact(errno, SC_PAGESIZE));
  }
}
