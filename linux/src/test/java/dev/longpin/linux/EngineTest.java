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
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.Libc;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.spi.Engine;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
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

  /** What was registered is free for the next one as soon as memory is; with a limit or without. */
  @Test
  void theNextCacheIsRegisteredToo() {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    long bytes = 6 << 20;
    boolean firstIs = isRegistered(provider, bytes);
    StoreTests.skipUnless(firstIs, "frames can't be registered here");
    for (int i = 0; i < 30; i++) {
      assertThat(isRegistered(provider, bytes)).as("cache %s", i).isTrue();
    }
  }

  private static boolean isRegistered(LinuxStoreProvider provider, long bytes) {
    Engine engine = provider.engine(bytes, 4096);
    try {
      return engine.info().registeredBytes() > 0;
    } finally {
      engine.memory().free();
    }
  }

  /** The kernel lists it with the memory of the process. */
  @Test
  void aMappedFileMayHaveAnyName() throws Exception {
    SystemCalls calls = SystemCalls.find(Downcalls.system());
    byte[] name = (dir + "/caf\u00e9").getBytes(StandardCharsets.ISO_8859_1);
    Process made = new ProcessBuilder("sh", "-c", ": > " + dir + "/$(printf 'caf\\351')").start();
    StoreTests.skipUnless(made.waitFor() == 0, "no file of such a name");
    int descriptor = calls.files().open(name, Libc.O_RDWR | Libc.O_CLOEXEC);
    StoreTests.skipUnless(descriptor >= 0, "no file of such a name");
    assertThat(calls.files().ftruncate(descriptor, 1 << 20)).isZero();
    long address = calls.memory().map(descriptor, 0, 1 << 20, 0);
    assertThat(address).isPositive();
    try {
      new LinuxStoreProvider().engine(32 << 20, 4096).memory().free();
    } finally {
      calls.memory().unmap(Downcalls.memoryAt(address, 1 << 20));
      calls.files().close(descriptor);
      assertThat(new ProcessBuilder("sh", "-c", "rm -f " + dir + "/caf*").start().waitFor())
          .isZero();
    }
  }
}
