package dev.longpin.linux.sys;

import dev.longpin.api.StoreException.Kind;
import org.jspecify.annotations.Nullable;

/** The error numbers that file operations give: the same on x86-64 and aarch64. */
public enum Errno {
  EPERM(1, Kind.PERMISSION, "operation not permitted"),
  ENOENT(2, Kind.NOT_FOUND, "no such file or directory"),
  EINTR(4, Kind.IO, "interrupted system call"),
  EIO(5, Kind.IO, "input/output error"),
  ENXIO(6, Kind.NOT_A_FILE, "no such device or address"),
  EBADF(9, Kind.IO, "bad file descriptor"),
  EAGAIN(11, Kind.LOCKED, "resource temporarily unavailable"),
  ENOMEM(12, Kind.IO, "the kernel is out of memory"),
  EACCES(13, Kind.PERMISSION, "permission denied"),
  EFAULT(14, Kind.IO, "bad address"),
  EBUSY(16, Kind.IO, "device or resource busy"),
  EEXIST(17, Kind.IO, "file exists"),
  ENODEV(19, Kind.NOT_A_FILE, "no such device"),
  ENOTDIR(20, Kind.NOT_FOUND, "a part of the path is not a directory"),
  EISDIR(21, Kind.NOT_A_FILE, "is a directory"),
  EINVAL(22, Kind.IO, "invalid argument"),
  ENFILE(23, Kind.IO, "too many open files in the system"),
  EMFILE(24, Kind.IO, "too many open files in the process (ulimit -n)"),
  ETXTBSY(26, Kind.PERMISSION, "the file is being executed or swapped to"),
  EFBIG(27, Kind.TOO_LARGE, "file too large"),
  ENOSPC(28, Kind.NO_SPACE, "no space left on device"),
  ESPIPE(29, Kind.NOT_A_FILE, "can't seek"),
  EROFS(30, Kind.PERMISSION, "read-only file system"),
  EPIPE(32, Kind.IO, "broken pipe"),
  ENAMETOOLONG(36, Kind.IO, "file name too long"),
  ENOLCK(37, Kind.IO, "no locks available"),
  ENOSYS(38, Kind.UNSUPPORTED, "the kernel lacks the call"),
  ELOOP(40, Kind.NOT_FOUND, "too many symbolic links"),
  EOVERFLOW(75, Kind.TOO_LARGE, "too large for the type"),
  EOPNOTSUPP(95, Kind.UNSUPPORTED, "operation not supported"),
  EADDRINUSE(98, Kind.LOCKED, "address already in use"),
  EADDRNOTAVAIL(99, Kind.IO, "cannot assign the address"),
  ENETUNREACH(101, Kind.IO, "network is unreachable"),
  ECONNRESET(104, Kind.IO, "connection reset by peer"),
  ENOBUFS(105, Kind.IO, "no buffer space available"),
  EISCONN(106, Kind.IO, "already connected"),
  ETIME(62, Kind.IO, "timer expired"),
  ETIMEDOUT(110, Kind.IO, "connection timed out"),
  ECONNREFUSED(111, Kind.IO, "connection refused"),
  EHOSTUNREACH(113, Kind.IO, "no route to the host"),
  EINPROGRESS(115, Kind.IO, "operation in progress"),
  ESTALE(116, Kind.IO, "stale file handle"),
  EDQUOT(122, Kind.NO_SPACE, "disk quota exceeded"),
  ECANCELED(125, Kind.IO, "operation canceled");

  private final int number;
  private final Kind kind;
  private final String text;

  Errno(int number, Kind kind, String text) {
    this.number = number;
    this.kind = kind;
    this.text = text;
  }

  public int number() {
    return number;
  }

  public Kind kind() {
    return kind;
  }

  /** Returns whether {@code result}, a negated number, is this error. */
  public boolean is(long result) {
    return result == -number;
  }

  /** Returns which error {@code result} is, a negated number; null if it isn't listed. */
  public static @Nullable Errno of(long result) {
    for (Errno errno : values()) {
      if (errno.is(result)) {
        return errno;
      }
    }
    return null;
  }

  /** Returns the kind of failure that {@code result} is, a negated number. */
  public static Kind kind(long result) {
    Errno errno = of(result);
    return errno == null ? Kind.IO : errno.kind;
  }

  /** Returns the name of {@code result}, a negated number. */
  public static String name(long result) {
    Errno errno = of(result);
    return errno == null ? "errno " + -result : errno.name();
  }

  /** Writes {@code result}, a negated number, for a message. */
  public static String describe(long result) {
    Errno errno = of(result);
    return errno == null ? "errno " + -result : errno.name() + ", " + errno.text;
  }
}
