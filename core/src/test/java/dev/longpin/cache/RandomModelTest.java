package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.PageCache;
import dev.longpin.spi.AsyncStores;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Thousands of operations at random against an array of bytes, which is also what the disk must
 * hold after each force; with a flusher that comes by all the time, and long-term pins under which
 * the rest goes on. The seed is in the test's name.
 */
@Timeout(120)
class RandomModelTest {

  @TempDir private Path dir;

  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}")
  @CsvSource({
    "4096, 4000, 1",
    "4096, 4000, 2",
    "65536, 2000, 4",
    "65536, 2000, 5",
    "2097152, 400, 6"
  })
  void theFileIsWhatTheModelSays(int pageSize, int operations, long seed) throws Exception {
    run(pageSize, operations, seed, false, false);
  }

  /** The same on a store whose reads go on by themselves. */
  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}, failing {3}")
  @CsvSource({"4096, 4000, 31, false", "65536, 2000, 32, false", "4096, 3000, 33, true"})
  void theFileIsWhatTheModelSaysThoughReadsGoOn(
      int pageSize, int operations, long seed, boolean failing) throws Exception {
    run(pageSize, operations, seed, failing, true);
  }

  /** The hostile twin: every third operation meets a store that fails once. */
  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}")
  @CsvSource({
    "4096, 3000, 21",
    "4096, 3000, 22",
    "65536, 1500, 23",
    "65536, 1500, 24",
    "2097152, 300, 25"
  })
  void theFileIsWhatTheModelSaysThoughTheStoreFails(int pageSize, int operations, long seed)
      throws Exception {
    run(pageSize, operations, seed, true, false);
  }

  private void run(int pageSize, int operations, long seed, boolean failing, boolean async)
      throws Exception {
    FaultyStores stores = new FaultyStores();
    CacheConfig config =
        CacheConfig.ofSize(16L * pageSize, pageSize)
            .withBackgroundWriteback(true, Duration.ofMillis(3))
            .withLongtermLimits(8, 8);
    try (PageCache cache = PageCaches.create(config, async ? new AsyncStores(stores) : stores)) {
      new ModelRun(cache, stores, dir.resolve("file"), seed, failing).run(operations);
      assertThat(cache.stats().freeFrames()).isEqualTo(16);
    }
    assertThat(stores.violations()).isEmpty();
  }
}
