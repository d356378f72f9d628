package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.Unmapping;
import dev.longpin.spi.AsyncStores;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Threads at work on regions of one file that share pages and no byte, each against a model of its
 * own: reads, writes, pins, punches and forces of one meet those of the others on the same pages.
 * The last one also cuts the file and lets it grow.
 */
@Timeout(120)
class ConcurrentModelTest {

  private static final int THREADS = 4;

  @TempDir private Path dir;

  @ParameterizedTest(name = "pages of {0} bytes, {1} operations a thread, seed {2}, async {3}")
  @CsvSource({
    "4096, 700, 11, false",
    "4096, 700, 12, false",
    "65536, 300, 13, false",
    "2097152, 60, 14, false",
    "4096, 700, 15, true",
    "65536, 300, 16, true"
  })
  void regionsThatShareNoByteDoNotDisturbEachOther(
      int pageSize, int operations, long seed, boolean async) throws Exception {
    FaultyStores stores = new FaultyStores();
    CacheConfig config =
        CacheConfig.ofSize(16L * pageSize, pageSize)
            .withBackgroundWriteback(true, Duration.ofMillis(3))
            .withDirtyLimits(8, 4)
            .withDeadline(Later.PATIENCE);
    int regionBytes = 5 * pageSize + 777; // no border of a page
    Path path = dir.resolve("file");
    Files.write(path, new byte[THREADS * regionBytes]);
    try (PageCache cache = PageCaches.create(config, async ? new AsyncStores(stores) : stores)) {
      CachedFile file = cache.open(path, OpenMode.WRITE);
      stores.watchSize(path, file::size);
      List<Region> regions = new ArrayList<>();
      List<Later<Void>> threads = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        boolean last = i == THREADS - 1;
        Region region = new Region(file, i * regionBytes, regionBytes, last, seed * THREADS + i);
        regions.add(region);
        threads.add(Later.run(() -> region.run(operations)));
      }
      for (Later<Void> thread : threads) {
        thread.get();
      }
      file.force();
      assertThat(stores.unsyncedWrites()).isEmpty();
      byte[] disk = Files.readAllBytes(path);
      byte[] memory = Rig.read(file, 0, THREADS * regionBytes);
      assertThat(Arrays.mismatch(memory, disk)).as("memory and disk").isEqualTo(-1);
      assertThat(disk.length).isEqualTo(regions.getLast().end());
      regions.forEach(region -> region.assertIn(disk));
    }
    assertThat(stores.violations()).isEmpty();
  }

  /** What one thread owns. */
  private static final class Region {

    private final CachedFile file;
    private final int start;
    private final byte[] model;
    private final boolean last;
    private final Random random;
    private final Holder holder;
    private int size;

    Region(CachedFile file, int start, int lengthBytes, boolean last, long seed) {
      this.file = file;
      this.start = start;
      this.model = new byte[lengthBytes];
      this.size = lengthBytes;
      this.last = last;
      this.random = new Random(seed);
      this.holder = new Holder("region " + start, "dma");
    }

    int end() {
      return start + size;
    }

    void assertIn(byte[] disk) {
      int at = Arrays.mismatch(disk, start, end(), model, 0, size);
      assertThat(at).as("first wrong byte of region %s", start).isEqualTo(-1);
    }

    void run(int operations) throws Exception {
      for (int i = 0; i < operations; i++) {
        try {
          step();
        } catch (AssertionError | Exception e) {
          throw new AssertionError("operation " + i + " of region " + start, e);
        }
      }
    }

    private void step() throws Exception {
      int choice = random.nextInt(last ? 22 : 20);
      if (choice >= 20) {
        cut();
      } else if (size > 0) {
        int from = random.nextInt(size);
        int length = 1 + random.nextInt(Math.min(size - from, 6000));
        switch (choice) {
          case 0, 1, 2, 3 -> write(from, length);
          case 4, 5, 6, 7 -> read(from, length);
          case 8, 9, 10, 11 -> pin(from, length, Access.values()[random.nextInt(3)]);
          case 12, 13, 14 -> hold(from, length);
          case 15, 16 -> punch(from, length);
          case 17 -> file.evict(start + from, length, Unmapping.DEFAULT);
          case 18 -> file.force(start + from, length, Later.PATIENCE);
          default -> file.force();
        }
      }
    }

    private byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }

    private void write(int from, int length) throws LongpinException {
      byte[] bytes = bytes(length);
      file.write(MemorySegment.ofArray(bytes), start + from);
      System.arraycopy(bytes, 0, model, from, length);
    }

    private void read(int from, int length) throws LongpinException {
      assertModel(Rig.read(file, start + from, length), from, length);
    }

    private void assertModel(byte[] bytes, int from, int length) {
      assertThat(bytes.length).isEqualTo(length);
      assertThat(Arrays.mismatch(bytes, 0, length, model, from, from + length))
          .as("first wrong byte from %s on", from)
          .isEqualTo(-1);
    }

    private void pin(int from, int length, Access access) throws LongpinException {
      Pin taken = null;
      while (taken == null) {
        try {
          taken = file.pin(start + from, length, access);
        } catch (PinRefusedException e) {
          assertThat(e.reason()).isEqualTo(PinRefusedException.Reason.TRUNCATING);
          Later.pause();
        }
      }
      try (Pin pin = taken) {
        if (access != Access.OVERWRITE) {
          byte[] bytes = new byte[length];
          pin.copyTo(0, MemorySegment.ofArray(bytes), 0, length);
          assertModel(bytes, from, length);
        }
        if (access.writes()) {
          byte[] bytes = bytes(length);
          pin.copyFrom(0, MemorySegment.ofArray(bytes), 0, length);
          System.arraycopy(bytes, 0, model, from, length);
        }
      }
    }

    /** A device that goes on until it is told to let go, or has done its work. */
    private void hold(int from, int length) throws LongpinException {
      LongtermPin pin;
      try {
        pin = file.pinLongterm(start + from, length, Access.WRITE, holder);
      } catch (PinRefusedException e) {
        assertThat(e.reason())
            .isIn(PinRefusedException.Reason.TRUNCATING, PinRefusedException.Reason.LIMIT);
        return;
      }
      for (int round = 0; round < 3; round++) {
        byte[] bytes = bytes(length);
        pin.copyFrom(0, MemorySegment.ofArray(bytes), 0, length);
        System.arraycopy(bytes, 0, model, from, length);
        assertThat(pin.complete()).isTrue();
        read(from, length);
      }
      assertThat(pin.release()).isTrue();
    }

    private void punch(int from, int length) throws LongpinException {
      file.punchHole(start + from, length);
      Arrays.fill(model, from, from + length, (byte) 0);
    }

    private void cut() throws LongpinException {
      int newSize = random.nextInt(model.length + 1);
      file.truncate(start + newSize);
      if (newSize < size) {
        Arrays.fill(model, newSize, size, (byte) 0);
      }
      size = newSize;
    }
  }
}
