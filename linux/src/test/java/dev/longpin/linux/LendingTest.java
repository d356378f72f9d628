package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.HolderMemory;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.NoMemoryException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import dev.longpin.linux.sys.Downcalls;
import dev.longpin.linux.sys.SystemCalls;
import dev.longpin.store.FileChannelStoreProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory that a holder maps as well, in real memory: what it does when it was taken away. */
@Timeout(60)
class LendingTest {

  private static final int PAGE = 4096;
  private static final long BYTES = 1 << 20;
  private static final Holder GUEST = new Holder("guest", "guest");
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

  @TempDir private Path dir;
  private Path path;

  @BeforeEach
  void open() throws Exception {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
    byte[] content = new byte[16 * PAGE];
    Arrays.fill(content, (byte) '.');
    path = Files.write(dir.resolve("file"), content);
  }

  private static PageCache cache() {
    CacheConfig config = CacheConfig.ofSize(8 << 20, PAGE).withLendable(4 * BYTES);
    return PageCaches.create(config, new LinuxStoreProvider());
  }

  /** Maps the memory a second time, as another process would. */
  private static MemorySegment map(HolderMemory memory) {
    SystemCalls calls = SystemCalls.find(Downcalls.system());
    long bytes = memory.segment().byteSize();
    long address = calls.memory().map(memory.descriptor(), 0, bytes, 0);
    assertThat(address).isPositive();
    return Downcalls.memoryAt(address, bytes);
  }

  private static byte read(CachedFile file, long offset) throws Exception {
    byte[] one = new byte[1];
    assertThat(file.read(MemorySegment.ofArray(one), offset)).isEqualTo(1);
    return one[0];
  }

  /** I1, I3: what it had reported is in the file; what it does afterwards reaches nothing. */
  @Test
  void aHolderThatGoesOnIsCutOff() throws Exception {
    try (PageCache cache = cache();
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      HolderMemory memory = cache.lend(GUEST, BYTES);
      MemorySegment guest = map(memory);
      LongtermPin pin = file.pinLongterm(0, 3 * PAGE, Access.WRITE, GUEST);
      long place = memory.offsetOf(pin.unsafeSegment(1));
      guest.set(BYTE, place + 5, (byte) 'g');
      assertThat(read(file, PAGE + 5)).isEqualTo((byte) 'g');
      assertThat(pin.complete()).isTrue();
      memory.takeAway(SOON);
      guest.set(BYTE, place + 6, (byte) '!');
      assertThat(pin.complete()).isFalse();
      assertThat(pin.release()).isFalse();
      guest.fill((byte) '!');
      file.truncate(2 * PAGE, Unmapping.within(SOON));
      assertThat(read(file, PAGE + 5)).isEqualTo((byte) 'g');
      assertThat(read(file, PAGE + 6)).isEqualTo((byte) '.');
      memory.close();
      file.force();
    }
    byte[] content = Files.readAllBytes(path);
    assertThat(content).hasSize(2 * PAGE).doesNotContain((byte) '!');
    assertThat(content[PAGE + 5]).isEqualTo((byte) 'g');
  }

  /** A truncate waits for a holder that never answers no longer than it takes to cut it off. */
  @Test
  void aTruncateOfWhatAHolderHas() throws Exception {
    try (PageCache cache = cache();
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      for (int i = 0; i < 100; i++) {
        HolderMemory memory = cache.lend(GUEST, BYTES);
        LongtermPin pin =
            file.pinLongterm(0, 4 * PAGE, Access.WRITE, GUEST, (_, _) -> memory.takeAway(SOON));
        pin.putByte(0, (byte) i);
        assertThat(pin.complete()).isTrue();
        file.truncate(PAGE, Unmapping.within(SOON));
        assertThat(read(file, 0)).isEqualTo((byte) i);
        assertThat(pin.release()).isFalse();
        memory.close();
        file.truncate(16 * PAGE);
      }
      assertThat(cache.holders()).isEmpty();
      assertThat(cache.stats().longtermPinnedPages()).isZero();
      assertThat(cache.stats().disconnectedFrames()).isZero();
    }
  }

  @Test
  void whatCanNotBeLentIsSaid() throws Exception {
    try (PageCache cache = cache()) {
      HolderMemory memory = cache.lend(GUEST, BYTES);
      assertThatThrownBy(() -> cache.lend(GUEST, BYTES)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> cache.lend(new Holder("other", "guest"), 4 * BYTES))
          .isInstanceOf(NoMemoryException.class);
      assertThatThrownBy(() -> cache.lend(GUEST, 5 * BYTES))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("withLendable");
      memory.close();
      cache.lend(new Holder("other", "guest"), 4 * BYTES).close();
    }
    CacheConfig config = CacheConfig.ofSize(8 << 20, PAGE).withLendable(4 * BYTES);
    try (PageCache portable = PageCaches.create(config, new FileChannelStoreProvider())) {
      assertThatThrownBy(() -> portable.lend(GUEST, BYTES))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }
}
