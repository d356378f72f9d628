package dev.longpin.linux.sys;

import static dev.longpin.linux.sys.Downcalls.ADDRESS;
import static dev.longpin.linux.sys.Downcalls.FIXED;
import static dev.longpin.linux.sys.Downcalls.INT;
import static dev.longpin.linux.sys.Downcalls.LONG;
import static dev.longpin.linux.sys.Downcalls.SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The C library's file calls ({@link Downcalls} has how they answer).
 *
 * <p>The constants are those of x86-64 and aarch64, which agree on the ones used here, but for
 * {@link #O_DIRECT} and {@link #O_TMPFILE}. They don't agree on O_NOFOLLOW and O_LARGEFILE.
 */
public final class Libc {

  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_NONBLOCK = 0x800;
  public static final int O_CLOEXEC = 0x80000;
  public static final int O_DIRECT = isArm() ? 0x10000 : 0x4000;

  public static final int FALLOC_FL_KEEP_SIZE = 1;
  public static final int FALLOC_FL_PUNCH_HOLE = 2;
  public static final int FALLOC_FL_UNSHARE_RANGE = 0x40;

  public static final int SEEK_SET = 0;
  public static final int SEEK_DATA = 3;
  public static final int SEEK_HOLE = 4;

  public static final short F_RDLCK = 0;
  public static final short F_WRLCK = 1;
  public static final short F_UNLCK = 2;

  /** With O_DIRECTORY, which is a part of it. */
  private static final int O_TMPFILE = 0x400000 | (isArm() ? 0x4000 : 0x10000);

  private static final int OWNER_ONLY = 0600;

  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int FADV_DONTNEED = 4;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_DIOALIGN = 0x2000;

  /** {@code struct statx}: its size, its mask, and what direct I/O has to be aligned to. */
  private static final int STATX_BYTES = 256;

  private static final long STX_MASK = 0;
  private static final long STX_DIO_MEM_ALIGN = 152;
  private static final long STX_DIO_OFFSET_ALIGN = 156;

  /** {@code struct flock} where off_t has 64 bits: the same on both machines. */
  private static final StructLayout FLOCK =
      MemoryLayout.structLayout(
          SHORT.withName("l_type"),
          SHORT.withName("l_whence"),
          MemoryLayout.paddingLayout(4),
          LONG.withName("l_start"),
          LONG.withName("l_len"),
          INT.withName("l_pid"),
          MemoryLayout.paddingLayout(4));

  private static final long L_TYPE = Downcalls.offset(FLOCK, "l_type");
  private static final long L_WHENCE = Downcalls.offset(FLOCK, "l_whence");
  private static final long L_START = Downcalls.offset(FLOCK, "l_start");
  private static final long L_LEN = Downcalls.offset(FLOCK, "l_len");

  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle fcntlInt;
  private final MethodHandle fcntlPointer;
  private final MethodHandle fallocate;
  private final MethodHandle ftruncate;
  private final MethodHandle fdatasync;
  private final MethodHandle lseek;
  private final MethodHandle statx;
  private final MethodHandle fadvise;
  private final MethodHandle strerror;

  /** Finds the functions; throws as {@link Downcalls#find} does. */
  public Libc(Downcalls calls) {
    open = calls.find("open", 2, INT, ADDRESS, INT, INT);
    close = calls.find("close", FIXED, INT, INT);
    fcntlInt = calls.find("fcntl", 2, INT, INT, INT, INT);
    fcntlPointer = calls.find("fcntl", 2, INT, INT, INT, ADDRESS);
    fallocate = calls.find("fallocate", FIXED, INT, INT, INT, LONG, LONG);
    ftruncate = calls.find("ftruncate", FIXED, INT, INT, LONG);
    fdatasync = calls.find("fdatasync", FIXED, INT, INT);
    lseek = calls.find("lseek", FIXED, LONG, INT, LONG, INT);
    statx = calls.find("statx", FIXED, INT, INT, ADDRESS, INT, INT, ADDRESS);
    fadvise = calls.find("posix_fadvise", FIXED, INT, INT, LONG, LONG, INT);
    strerror = calls.findPlain("strerror", ADDRESS, INT);
  }

  /** Opens a file that exists; {@code path} is in the file system's own bytes, without a zero. */
  public int open(byte[] path, int flags) {
    return open(path, flags, 0);
  }

  /** Makes a file without a name on the file system of a directory, to read and write. */
  public int openUnnamed(byte[] directory) {
    return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, OWNER_ONLY);
  }

  private int open(byte[] path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(path.length + 1L);
      MemorySegment.copy(path, 0, name, ValueLayout.JAVA_BYTE, 0, path.length);
      return (int) Downcalls.call(arena, errno -> (int) open.invokeExact(errno, name, flags, mode));
    }
  }

  /** Closes a descriptor. After an error it is closed as well. */
  public int close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      return (int)
          Downcalls.once(
              Downcalls.place(arena), errno -> (int) close.invokeExact(errno, descriptor));
    }
  }

  /** Makes another descriptor of the same open file description. */
  public int duplicate(int descriptor) {
    return (int)
        Downcalls.call(errno -> (int) fcntlInt.invokeExact(errno, descriptor, F_DUPFD_CLOEXEC, 0));
  }

  private static boolean isArm() {
    String machine = System.getProperty("os.arch", "");
    return machine.equals("aarch64") || machine.equals("arm64");
  }

  /** A lock on the bytes {@code [start, start + length)}; a length of 0 is up to any end. */
  public record Flock(short type, long start, long length) {}

  /** Changes the lock of the open file description, or answers EAGAIN at once. */
  public int setLock(int descriptor, Flock lock) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = flock(arena, lock);
      return (int)
          Downcalls.call(
              arena,
              errno -> (int) fcntlPointer.invokeExact(errno, descriptor, F_OFD_SETLK, struct));
    }
  }

  /** Returns a lock that stands in the way of {@code lock}; one of type F_UNLCK if none does. */
  public Flock conflictingLock(int descriptor, Flock lock) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = flock(arena, lock);
      long result =
          Downcalls.call(
              arena,
              errno -> (int) fcntlPointer.invokeExact(errno, descriptor, F_OFD_GETLK, struct));
      if (result < 0) {
        throw new IllegalStateException("fcntl(F_OFD_GETLK): " + Errno.describe(result));
      }
      return new Flock(
          struct.get(SHORT, L_TYPE), struct.get(LONG, L_START), struct.get(LONG, L_LEN));
    }
  }

  private static MemorySegment flock(Arena arena, Flock lock) {
    MemorySegment struct = arena.allocate(FLOCK); // zeroed: l_pid has to be 0
    struct.set(SHORT, L_TYPE, lock.type());
    struct.set(SHORT, L_WHENCE, (short) SEEK_SET);
    struct.set(LONG, L_START, lock.start());
    struct.set(LONG, L_LEN, lock.length());
    return struct;
  }

  /** Allocates or frees space of a range. */
  public int fallocate(int descriptor, int mode, long offset, long lengthBytes) {
    return (int)
        Downcalls.call(
            errno -> (int) fallocate.invokeExact(errno, descriptor, mode, offset, lengthBytes));
  }

  /** Sets the size. */
  public int ftruncate(int descriptor, long sizeBytes) {
    return (int) Downcalls.call(errno -> (int) ftruncate.invokeExact(errno, descriptor, sizeBytes));
  }

  /** Waits until the data is on disk. */
  public int fdatasync(int descriptor) {
    return (int) Downcalls.call(errno -> (int) fdatasync.invokeExact(errno, descriptor));
  }

  /** Moves the position, or finds data and holes. */
  public long lseek(int descriptor, long offset, int whence) {
    return Downcalls.call(errno -> (long) lseek.invokeExact(errno, descriptor, offset, whence));
  }

  /**
   * Returns what offsets, lengths and addresses of direct I/O have to be a multiple of; 0 if the
   * file has none, and a negated error number if the kernel doesn't say.
   */
  public int directAlignment(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = arena.allocate(STATX_BYTES, Long.BYTES);
      MemorySegment path = arena.allocateFrom("");
      long result =
          Downcalls.call(
              arena,
              errno ->
                  (int)
                      statx.invokeExact(
                          errno, descriptor, path, AT_EMPTY_PATH, STATX_DIOALIGN, struct));
      if (result < 0) {
        return (int) result;
      }
      if ((struct.get(INT, STX_MASK) & STATX_DIOALIGN) == 0) {
        return -Errno.EOPNOTSUPP.number();
      }
      return Math.max(struct.get(INT, STX_DIO_MEM_ALIGN), struct.get(INT, STX_DIO_OFFSET_ALIGN));
    }
  }

  /** Asks the kernel to drop a file's clean pages; answers the negated error number. */
  public int dropCaches(int descriptor) {
    int error =
        (int)
            Downcalls.call(
                errno -> (int) fadvise.invokeExact(errno, descriptor, 0L, 0L, FADV_DONTNEED));
    return -error; // it returns the number itself
  }

  /** Returns the system's text for an error, in the language of the process. */
  public String strerror(Errno errno) {
    try {
      MemorySegment text = (MemorySegment) strerror.invokeExact(errno.number());
      return Downcalls.memoryAt(text.address(), Long.MAX_VALUE).getString(0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
  }
}
