package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WritebackException;
import dev.longpin.spi.Store;
import dev.longpin.spi.StoreProvider;
import dev.longpin.store.FileChannelStoreProvider;
import dev.longpin.store.ForwardingStore;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that throws what it should not. */
@Timeout(60)
class UnexpectedErrorTest {

  private static final int PAGE = 4096;

  @TempDir private Path dir;

  /** Its first fdatasync is a bug. */
  private static final class Broken implements StoreProvider {
    private final StoreProvider real = new FileChannelStoreProvider();
    private boolean isBroken = true;

    @Override
    public String name() {
      return "broken";
    }

    @Override
    public int rank() {
      return 0;
    }

    @Override
    public boolean isAvailable() {
      return true;
    }

    @Override
    public Store open(Path path, OpenMode mode) throws StoreException {
      return new ForwardingStore(real.open(path, mode)) {
        @Override
        public void sync() throws StoreException {
          if (isBroken) {
            isBroken = false;
            throw new IllegalStateException("a bug");
          }
          super.sync();
        }
      };
    }
  }

  /** I3, I5: what was not synced is dirty again, every opener hears of it, and nothing hangs. */
  @Test
  void aSyncThatThrowsIsOneThatFailed() throws Exception {
    Path path = Files.write(dir.resolve("file"), new byte[2 * PAGE]);
    CacheConfig config =
        CacheConfig.ofSize(16 * PAGE, PAGE).withBackgroundWriteback(false, Duration.ofSeconds(1));
    try (PageCache cache = PageCaches.create(config, new Broken());
        CachedFile file = cache.open(path, OpenMode.WRITE);
        CachedFile other = cache.open(path, OpenMode.WRITE)) {
      file.write(MemorySegment.ofArray(new byte[] {'x'}), 0);
      assertThatThrownBy(file::force).isInstanceOf(IllegalStateException.class);
      assertThat(cache.stats().dirtyPages()).isEqualTo(1);
      assertThatThrownBy(other::force).isInstanceOf(WritebackException.class);
      other.force();
      file.evict(0, PAGE, Unmapping.within(Duration.ofSeconds(5)));
      assertThat(cache.stats().dirtyPages()).isZero();
      assertThat(Files.readAllBytes(path)[0]).isEqualTo((byte) 'x');
    }
  }
}
