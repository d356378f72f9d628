package dev.longpin.linux.dax;

import dev.longpin.contract.StoreTests;
import java.nio.file.Path;

/**
 * Where the machine has a file system with DAX, and a disk that answers late: of the system
 * properties {@code longpin.dax.dir} and {@code longpin.dax.slow}, or of the environment. {@code
 * ./longpin vm test dax} sets them.
 */
final class DaxMount {

  private DaxMount() {}

  /** Returns a directory on the file system; skips the test if there is none. */
  static Path directory() {
    return given("longpin.dax.dir", "LONGPIN_DAX_DIR", "directory on a DAX file system");
  }

  /** Returns the disk's device, which may be written to; skips the test if there is none. */
  static Path slowDisk() {
    return given("longpin.dax.slow", "LONGPIN_DAX_SLOW", "slow disk for direct I/O");
  }

  private static Path given(String property, String variable, String what) {
    String value = System.getProperty(property, System.getenv(variable));
    StoreTests.skipUnless(value != null, "no " + what + ": " + variable + " is not set");
    return Path.of(value);
  }
}
