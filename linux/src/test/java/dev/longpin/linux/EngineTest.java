package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cache on what this machine has, and on what others have: the same file, and what is said. */
@Timeout(60)
class EngineTest {

  private static final int BYTES = 3_000_001;

  @TempDir private Path dir;

  @BeforeEach
  void available() {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
  }

  private CacheStats roundTrip(LinuxStoreProvider provider) throws IOException {
    Path path = Files.createFile(dir.resolve("file"));
    byte[] content = new byte[BYTES];
    new Random(9).nextBytes(content);
    PageCache cache = PageCaches.create(CacheConfig.ofSize(1 << 20, 4096), provider);
    try (cache;
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      file.write(MemorySegment.ofArray(content), 0);
      file.force();
      byte[] read = new byte[BYTES];
      assertThat(file.read(MemorySegment.ofArray(read), 0)).isEqualTo(BYTES);
      assertThat(read).isEqualTo(content);
      assertThat(Files.readAllBytes(path)).isEqualTo(content);
      file.truncate(BYTES / 2);
      file.force();
    }
    assertThat(Files.size(path)).isEqualTo(BYTES / 2);
    return cache.stats();
  }

  @Test
  void theBestThatThereIs() throws IOException {
    CacheStats stats = roundTrip(new LinuxStoreProvider());
    if (stats.engine().equals("io_uring")) {
      assertThat(stats.registeredBytes() > 0).isEqualTo(stats.engineNotes().isEmpty());
    } else {
      assertThat(stats.engine()).isEqualTo("FileChannel");
      assertThat(stats.engineNotes()).isNotEmpty();
    }
  }

  @Test
  void withoutUringTheSameByFileChannel() throws IOException {
    CacheStats stats = roundTrip(LinuxStoreProvider.withoutUring());
    assertThat(stats.engine()).isEqualTo("FileChannel");
    assertThat(stats.direct()).isFalse();
    assertThat(stats.registeredBytes()).isZero();
  }

  /** A file in memory may be of any size; only its use would show that there is not so much. */
  @Test
  void moreMemoryThanThereIsIsRefusedAtOnce() {
    assertThatThrownBy(() -> new LinuxStoreProvider().engine(1L << 45, 4096))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContaining("available");
  }
}
