package dev.longpin.linux;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/**
 * The C library's file calls, and the only class that knows a {@link Linker}.
 *
 * <p>Every call returns its result, or the negated error number as a raw system call would ({@link
 * Errno}). A call that a signal interrupted is repeated. All of them block in native code without
 * holding up garbage collection, and none of them notices a Java interrupt.
 *
 * <p>The constants are those of x86-64 and aarch64, which agree on the ones used here. They don't
 * agree on O_DIRECTORY, O_NOFOLLOW, O_DIRECT and O_LARGEFILE.
 */
@SuppressWarnings("restricted")
final class Libc {

  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_NONBLOCK = 0x800;
  static final int O_CLOEXEC = 0x80000;

  static final int FALLOC_FL_KEEP_SIZE = 1;
  static final int FALLOC_FL_PUNCH_HOLE = 2;

  static final int SEEK_SET = 0;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;

  static final short F_RDLCK = 0;
  static final short F_WRLCK = 1;
  static final short F_UNLCK = 2;

  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int MFD_CLOEXEC = 1;

  private static final AddressLayout ADDRESS = ValueLayout.ADDRESS;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

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

  private static final long L_TYPE = offset(FLOCK, "l_type");
  private static final long L_WHENCE = offset(FLOCK, "l_whence");
  private static final long L_START = offset(FLOCK, "l_start");
  private static final long L_LEN = offset(FLOCK, "l_len");

  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO = offset(CAPTURE, "errno");

  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle fcntlInt;
  private final MethodHandle fcntlPointer;
  private final MethodHandle fallocate;
  private final MethodHandle ftruncate;
  private final MethodHandle fdatasync;
  private final MethodHandle lseek;
  private final MethodHandle memfdCreate;
  private final MethodHandle strerror;

  /**
   * Finds the functions.
   *
   * @throws NoSuchElementException if one is missing
   * @throws UnsupportedOperationException if there is no linker
   * @throws IllegalCallerException if native access is denied to this module
   */
  Libc(SymbolLookup symbols) {
    open = find(symbols, "open", 2, INT, ADDRESS, INT, INT);
    close = find(symbols, "close", -1, INT, INT);
    fcntlInt = find(symbols, "fcntl", 2, INT, INT, INT, INT);
    fcntlPointer = find(symbols, "fcntl", 2, INT, INT, INT, ADDRESS);
    fallocate = find(symbols, "fallocate", -1, INT, INT, INT, LONG, LONG);
    ftruncate = find(symbols, "ftruncate", -1, INT, INT, LONG);
    fdatasync = find(symbols, "fdatasync", -1, INT, INT);
    lseek = find(symbols, "lseek", -1, LONG, INT, LONG, INT);
    memfdCreate = find(symbols, "memfd_create", -1, INT, ADDRESS, INT);
    strerror =
        Linker.nativeLinker()
            .downcallHandle(symbols.findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, INT));
  }

  private static MethodHandle find(
      SymbolLookup symbols,
      String name,
      int firstVariadic,
      MemoryLayout result,
      MemoryLayout... arguments) {
    Linker.Option errno = Linker.Option.captureCallState("errno");
    Linker.Option[] options =
        firstVariadic < 0
            ? new Linker.Option[] {errno}
            : new Linker.Option[] {errno, Linker.Option.firstVariadicArg(firstVariadic)};
    return Linker.nativeLinker()
        .downcallHandle(
            symbols.findOrThrow(name), FunctionDescriptor.of(result, arguments), options);
  }

  private static long offset(StructLayout layout, String field) {
    return layout.byteOffset(MemoryLayout.PathElement.groupElement(field));
  }

  /** Returns where the system's own functions are found. */
  static SymbolLookup system() {
    return Linker.nativeLinker().defaultLookup();
  }

  /** A call with a place for its errno. */
  @FunctionalInterface
  private interface Call {
    long with(MemorySegment capture) throws Throwable;
  }

  private static long call(Arena arena, Call call) {
    MemorySegment capture = arena.allocate(CAPTURE);
    while (true) {
      long result;
      try {
        result = call.with(capture);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new AssertionError("a downcall throws nothing checked", e);
      }
      if (result >= 0) {
        return result;
      }
      int errno = capture.get(INT, ERRNO);
      if (errno != Errno.EINTR.number()) {
        return -errno;
      }
    }
  }

  private static long call(Call call) {
    try (Arena arena = Arena.ofConfined()) {
      return call(arena, call);
    }
  }

  /** Opens a file that exists; {@code path} is in the file system's own bytes, without a zero. */
  int open(byte[] path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocate(path.length + 1L);
      MemorySegment.copy(path, 0, name, ValueLayout.JAVA_BYTE, 0, path.length);
      return (int) call(arena, errno -> (int) open.invokeExact(errno, name, flags, 0));
    }
  }

  /** Closes a descriptor. After an error it is closed as well. */
  int close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(CAPTURE);
      int result = (int) close.invokeExact(errno, descriptor);
      return result < 0 ? -errno.get(INT, ERRNO) : 0;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
  }

  /** Makes another descriptor of the same open file description. */
  int duplicate(int descriptor) {
    return (int) call(errno -> (int) fcntlInt.invokeExact(errno, descriptor, F_DUPFD_CLOEXEC, 0));
  }

  /** A lock on the bytes {@code [start, start + length)}; a length of 0 is up to any end. */
  record Flock(short type, long start, long length) {}

  /** Changes the lock of the open file description, or answers EAGAIN at once. */
  int setLock(int descriptor, Flock lock) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = flock(arena, lock);
      return (int)
          call(
              arena,
              errno -> (int) fcntlPointer.invokeExact(errno, descriptor, F_OFD_SETLK, struct));
    }
  }

  /** Returns a lock that stands in the way of {@code lock}; one of type F_UNLCK if none does. */
  Flock conflictingLock(int descriptor, Flock lock) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment struct = flock(arena, lock);
      long result =
          call(
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
  int fallocate(int descriptor, int mode, long offset, long lengthBytes) {
    return (int)
        call(errno -> (int) fallocate.invokeExact(errno, descriptor, mode, offset, lengthBytes));
  }

  /** Sets the size. */
  int ftruncate(int descriptor, long sizeBytes) {
    return (int) call(errno -> (int) ftruncate.invokeExact(errno, descriptor, sizeBytes));
  }

  /** Waits until the data is on disk. */
  int fdatasync(int descriptor) {
    return (int) call(errno -> (int) fdatasync.invokeExact(errno, descriptor));
  }

  /** Moves the position, or finds data and holes. */
  long lseek(int descriptor, long offset, int whence) {
    return call(errno -> (long) lseek.invokeExact(errno, descriptor, offset, whence));
  }

  /** Makes a file in memory. */
  int memfdCreate(String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      return (int) call(arena, errno -> (int) memfdCreate.invokeExact(errno, text, MFD_CLOEXEC));
    }
  }

  /** Returns the system's text for an error, in the language of the process. */
  String strerror(Errno errno) {
    try {
      MemorySegment text = (MemorySegment) strerror.invokeExact(errno.number());
      return text.reinterpret(Long.MAX_VALUE).getString(0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("a downcall throws nothing checked", e);
    }
  }
}
