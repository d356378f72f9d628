package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import dev.longpin.dax.DaxDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The same on a file system with DAX: the directory that {@code LONGPIN_DAX_DIR} names. {@code
 * ./longpin vm test dax} has one.
 */
@Tag("dax")
class DaxFileSystemTest extends DaxFiles {

  @Override
  Path root() {
    String named = System.getenv("LONGPIN_DAX_DIR");
    StoreTests.skipUnless(
        named != null && !named.isEmpty(),
        "LONGPIN_DAX_DIR names no directory on a file system with DAX");
    return Path.of(Objects.requireNonNull(named));
  }

  @Test
  void theStatsSayThatItIsMappedWithMapSync() {
    assertThat(storage.isSynced()).isTrue();
    assertThat(cache.stats().engine()).startsWith("dax, ").endsWith("mapped with MAP_SYNC");
  }

  /** The portable device maps its file with MAP_SYNC too, where it can. */
  @Test
  void aDeviceInAFileIsMappedWithMapSync() throws IOException {
    try (DaxDevice device = DaxDevice.inDirectory(dir, 16, PAGE);
        var onDevice = PageCaches.createDax(device.config(), device)) {
      assertThat(onDevice.stats().engine()).endsWith("mapped with MAP_SYNC");
    }
  }
}
