package dev.longpin.linux;

import dev.longpin.linux.sys.Descriptor;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Errno;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.Libc.Flock;
import dev.longpin.linux.sys.MemoryCalls;
import dev.longpin.linux.sys.SystemCalls;
import java.lang.foreign.SymbolLookup;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether this machine is the Linux that the store needs, found out once: the functions are there,
 * {@code struct flock} has the layout that we think, and /proc shows our descriptors.
 *
 * @param calls the system's calls, or null if the store can't work
 * @param problem why not, or the empty string
 */
record Linux(@Nullable SystemCalls calls, String problem) {

  private static final Set<String> MACHINES = Set.of("amd64", "x86_64", "aarch64", "arm64");

  /** Looks at the machine that we run on; the first call does the work. */
  static Linux here() {
    return Here.LINUX;
  }

  /** Defers the look until someone asks. */
  private static final class Here {
    static final Linux LINUX =
        look(
            System.getProperty("os.name", ""),
            System.getProperty("os.arch", ""),
            Downcalls::system);
  }

  /** Looks at a machine that claims to be of a system and an architecture. */
  static Linux look(String system, String architecture, Supplier<SymbolLookup> symbols) {
    if (!system.toLowerCase(Locale.ROOT).equals("linux")) {
      return new Linux(null, "the system is " + system + ", not Linux");
    }
    if (!MACHINES.contains(architecture)) {
      return new Linux(null, "the constants for " + architecture + " are not known");
    }
    try {
      SystemCalls calls = SystemCalls.find(symbols.get());
      check(calls);
      return new Linux(calls, "");
    } catch (RuntimeException | LinkageError e) {
      return new Linux(null, e.toString());
    }
  }

  /** Returns the C library, or null if the store can't work. */
  @Nullable Libc libc() {
    return calls == null ? null : calls.files();
  }

  /** Takes a lock through one description of a file in memory and looks at it through another. */
  private static void check(SystemCalls calls) {
    Libc libc = calls.files();
    int first =
        checked(
            "memfd_create", calls.memory().memfdCreate("longpin-check", MemoryCalls.MFD_CLOEXEC));
    try {
      Path alias = Descriptor.alias(first);
      if (!Files.isRegularFile(alias)) {
        throw new IllegalStateException(alias + " doesn't show the file: is /proc mounted?");
      }
      byte[] name = alias.toString().getBytes(StandardCharsets.US_ASCII);
      int second = checked("open", libc.open(name, Libc.O_RDWR | Libc.O_CLOEXEC));
      try {
        Flock lock = new Flock(Libc.F_WRLCK, (1L << 40) + 5, 7);
        checked("fcntl(F_OFD_SETLK)", libc.setLock(first, lock));
        Flock seen = libc.conflictingLock(second, new Flock(Libc.F_RDLCK, 0, 0));
        if (!seen.equals(lock)) {
          throw new IllegalStateException("struct flock: set " + lock + ", read " + seen);
        }
      } finally {
        libc.close(second);
      }
    } finally {
      libc.close(first);
    }
  }

  private static int checked(String call, int result) {
    if (result < 0) {
      throw new IllegalStateException(call + ": " + Errno.describe(result));
    }
    return result;
  }
}
