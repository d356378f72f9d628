package dev.longpin.contract;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** What tests of stores need to know about the machine. */
public final class StoreTests {

  private StoreTests() {}

  /** Skips the test, and prints why, unless {@code holds}. */
  public static void skipUnless(boolean holds, String reason) {
    if (!holds) {
      System.out.println("skipped: " + reason);
      Assumptions.abort(reason);
    }
  }

  /** Returns whether we are root. */
  public static boolean isRoot() {
    try {
      return Integer.valueOf(0).equals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Returns how many descriptors this process has on files below a directory. */
  public static long openDescriptors(Path dir) throws IOException {
    Path real = dir.toRealPath();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(fd -> target(fd).startsWith(real.toString())).count();
    }
  }

  private static String target(Path fd) {
    try {
      return Files.readSymbolicLink(fd).toString();
    } catch (IOException e) {
      return "";
    }
  }

  /** Returns whether files of any size can be made there. */
  static boolean isUnlimited(Path dir) {
    try {
      return Files.getFileStore(dir).type().matches("xfs|tmpfs|btrfs");
    } catch (IOException e) {
      return true;
    }
  }
}
