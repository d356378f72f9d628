package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.ResizeResult;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.StoreTests;
import dev.longpin.store.FileChannelStoreProvider;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cache that shrinks and grows while it is in use, in real memory. */
@Timeout(120)
class ResizeTest {

  private static final int PAGE = 4096;
  private static final long LARGE = 64 << 20;
  private static final long SMALL = LARGE / 4;
  private static final int FILE_BYTES = 40 << 20;
  private static final int WRITERS = 3;
  private static final int ROUNDS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** A part of a huge page here and there, and what else the process maps. */
  private static final long SLACK = 6 << 20;

  @TempDir private Path dir;

  @BeforeEach
  void available() {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
  }

  private static CacheConfig config() {
    return CacheConfig.ofSize(LARGE, PAGE).withCapacityRange(SMALL, LARGE);
  }

  private Path file(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    Arrays.fill(content, (byte) '.');
    return Files.write(dir.resolve("file"), content);
  }

  /** Returns a line of the process's state in bytes, as the kernel counts it. */
  private static long kernelCounts(String what) throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith(what + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElse(0);
  }

  /** Writes letters of its own to a part of the file, and finds them there again. */
  private static void work(CachedFile file, int part, byte[] model, AtomicBoolean stopping)
      throws IOException {
    Random random = new Random(part);
    int size = FILE_BYTES / WRITERS / PAGE * PAGE;
    int start = part * size;
    byte[] found = new byte[3 * PAGE];
    while (!stopping.get()) {
      int length = 1 + random.nextInt(found.length);
      int at = start + random.nextInt(size - length);
      switch (random.nextInt(6)) {
        case 0 -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          file.write(MemorySegment.ofArray(bytes), at);
          System.arraycopy(bytes, 0, model, at, length);
        }
        case 1 -> {
          byte letter = (byte) random.nextInt();
          try (Pin pin = file.pin(at, length, Access.WRITE)) {
            for (int i = 0; i < length; i++) {
              pin.putByte(i, letter);
            }
          }
          Arrays.fill(model, at, at + length, letter);
        }
        default -> {
          assertThat(file.read(MemorySegment.ofArray(found).asSlice(0, length), at))
              .isEqualTo(length);
          assertThat(Arrays.mismatch(found, 0, length, model, at, at + length)).isEqualTo(-1);
        }
      }
    }
  }

  /** Nothing is lost, and the memory is really given back, as the kernel counts it. */
  @Test
  void shrinksToAQuarterAndGrowsUnderLoad() throws Exception {
    Path path = file(FILE_BYTES);
    byte[] model = Files.readAllBytes(path);
    long before = kernelCounts("RssShmem");
    long pinnedBefore = kernelCounts("VmPin");
    try (PageCache cache = PageCaches.create(config(), new LinuxStoreProvider());
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      boolean registered = cache.stats().registeredBytes() > 0;
      AtomicBoolean stopping = new AtomicBoolean();
      List<FutureTask<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int part = i;
        FutureTask<Void> task =
            new FutureTask<>(() -> {
              work(file, part, model, stopping);
              return null;
            });
        tasks.add(task);
        Thread.ofPlatform().start(task);
      }
      long held = (long) FILE_BYTES / WRITERS / PAGE * PAGE * WRITERS;
      LongtermPin pin = file.pinLongterm(held, PAGE, Access.WRITE, new Holder("holder", "nic"));
      try {
        for (int i = 0; i < ROUNDS; i++) {
          ResizeResult small = cache.resize(SMALL, PATIENCE);
          assertThat(small.isComplete()).as("%s", small).isTrue();
          assertThat(cache.stats().frames()).isEqualTo(SMALL / PAGE);
          assertThat(kernelCounts("RssShmem") - before).isLessThan(SMALL + SLACK);
          if (registered) {
            assertThat(cache.stats().registeredBytes()).isLessThan(SMALL + SLACK);
            assertThat(kernelCounts("VmPin") - pinnedBefore).isLessThan(SMALL + SLACK);
          }
          Thread.sleep(200);
          ResizeResult large = cache.resize(LARGE, PATIENCE);
          assertThat(large.isComplete()).as("%s", large).isTrue();
          assertThat(kernelCounts("RssShmem") - before).isGreaterThanOrEqualTo(LARGE);
          if (registered) {
            assertThat(cache.stats().registeredBytes()).isGreaterThanOrEqualTo(LARGE);
          }
          Thread.sleep(200);
        }
      } finally {
        stopping.set(true);
        for (FutureTask<Void> task : tasks) {
          task.get();
        }
      }
      pin.putByte(7, (byte) 'x');
      assertThat(pin.complete()).isTrue();
      var _ = pin.release();
      model[(int) held + 7] = 'x';
      assertThat(cache.stats().migrated()).isPositive();
      file.force();
    }
    assertThat(Arrays.mismatch(Files.readAllBytes(path), model)).isEqualTo(-1);
    assertThat(kernelCounts("RssShmem") - before).isLessThan(SLACK);
  }

  /** What a holder has in a block that would go is named, and stays where it is. */
  @Test
  void aHolderInTheWayIsNamed() throws Exception {
    Path path = file(FILE_BYTES);
    try (PageCache cache =
            PageCaches.create(
                config().withLongtermLimits(LARGE / PAGE, LARGE / PAGE), new LinuxStoreProvider());
        CachedFile file = cache.open(path, OpenMode.WRITE)) {
      Holder holder = new Holder("hoarder", "nic");
      LongtermPin pin = file.pinLongterm(0, SMALL + (1 << 20), Access.WRITE, holder);
      ResizeResult result = cache.resize(SMALL, Duration.ofSeconds(5));
      assertThat(result.isComplete()).isFalse();
      assertThat(result.requestedBytes()).isEqualTo(SMALL);
      assertThat(result.capacityBytes()).isGreaterThan(SMALL).isLessThan(LARGE);
      assertThat(result.holders()).isNotEmpty();
      assertThat(result.holders()).allMatch(info -> info.holder().equals(holder));
      var _ = pin.release();
      file.force();
      assertThat(cache.resize(SMALL, PATIENCE).isComplete()).isTrue();
    }
  }

  /** Long-term pins come and go for long, more than there is room for where memory stays. */
  @Test
  void pinsOfALongRunKeepFewBlocks() throws Exception {
    Path path = file(FILE_BYTES);
    int room = (int) (SMALL / PAGE);
    int extra = room / 4;
    Random random = new Random(1);
    try (PageCache cache =
            PageCaches.create(
                config().withLongtermLimits(2L * room, 2L * room), new LinuxStoreProvider());
        CachedFile file = cache.open(path, OpenMode.READ)) {
      List<LongtermPin> pins = new ArrayList<>();
      for (int i = 0; i < 4 * room; i++) {
        if (pins.size() == room + extra) {
          var _ = pins.remove(random.nextInt(pins.size())).release();
        }
        long page = random.nextInt(FILE_BYTES / PAGE);
        pins.add(file.pinLongterm(page * PAGE, PAGE, Access.READ, new Holder("many", "nic")));
      }
      ResizeResult result = cache.resize(SMALL, Duration.ofSeconds(5));
      assertThat(result.holders()).isNotEmpty();
      assertThat(result.capacityBytes())
          .isLessThanOrEqualTo(SMALL + (long) extra * PAGE + 2 * config().blockBytes());
      for (LongtermPin pin : pins) {
        var _ = pin.release();
      }
      assertThat(cache.resize(SMALL, PATIENCE).isComplete()).isTrue();
    }
  }

  @Test
  void whatCanNotBeIsSaid() throws Exception {
    try (PageCache cache = PageCaches.create(config(), new LinuxStoreProvider())) {
      assertThatThrownBy(() -> cache.resize(SMALL - 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("withCapacityRange");
      assertThatThrownBy(() -> cache.resize(LARGE + 1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(cache.resize(LARGE).isComplete()).isTrue();
    }
    try (PageCache portable = PageCaches.create(config(), new FileChannelStoreProvider())) {
      assertThatThrownBy(() -> portable.resize(SMALL))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("not given back");
    }
  }
}
