package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PageCache;
import dev.longpin.api.PinPolicies;
import dev.longpin.dax.DaxDevice;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The operations of {@link RandomModelTest} where the pages are the storage: what was done is in
 * the file at once, and at each force what the device has is what the model has.
 */
@Timeout(120)
class DaxModelTest {

  private static final int PAGES = 26;

  @TempDir private Path dir;

  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}")
  @CsvSource({"4096, 6000, 1", "4096, 6000, 2", "65536, 3000, 3", "2097152, 300, 4"})
  void theFileIsWhatTheModelSays(int pageSize, int operations, long seed) throws Exception {
    try (DaxDevice device = DaxDevice.inMemory(PAGES, pageSize)) {
      run(device, operations, seed);
    }
  }

  /** The same in a file on tmpfs, which is what stands in for DAX on most machines. */
  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}")
  @CsvSource({"4096, 4000, 11", "65536, 1000, 12"})
  void theFileIsWhatTheModelSaysInAFile(int pageSize, int operations, long seed) throws Exception {
    Path shm = Path.of("/dev/shm");
    Path where = Files.isWritable(shm) ? shm : dir;
    try (DaxDevice device = DaxDevice.inDirectory(where, PAGES, pageSize)) {
      run(device, operations, seed);
    }
  }

  private static void run(DaxDevice device, int operations, long seed) throws Exception {
    CacheConfig config =
        device
            .config()
            .withPolicy(PinPolicies.REVOKE)
            .withBackgroundWriteback(true, Duration.ofMillis(3))
            .withLongtermLimits(8, 8);
    Path path = Path.of("file");
    try (PageCache cache = PageCaches.createDax(config, device)) {
      new ModelRun(cache, path, () -> DaxRig.content(device, path), seed).run(operations);
      assertThat(cache.stats().freeFrames()).isEqualTo(PAGES);
      assertThat(cache.stats().writebacks()).isZero();
      assertThat(cache.stats().dirtyPages()).isZero();
    }
  }
}
