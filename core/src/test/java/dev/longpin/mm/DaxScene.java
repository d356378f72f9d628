package dev.longpin.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PinPolicy;
import dev.longpin.cache.PageCaches;
import dev.longpin.dax.DaxDevice;
import dev.longpin.schedule.ScheduleExplorer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;

/**
 * The state of a scenario: a DAX device with a file whose page {@code i} is full of {@code 'A' +
 * i}, another file that has nothing, and a third that has the rest but for one page. The page that
 * is given up last is the next to be taken.
 */
final class DaxScene {

  static final int PAGE = 4096;
  static final int DEVICE_PAGES = 16;
  static final int PAGES = 3;

  /** One region for all schedules: they run one after the other. */
  private static final MemorySegment REGION = Arena.ofAuto().allocate(DEVICE_PAGES * PAGE, PAGE);

  final DaxDevice device;
  final PageCache cache;
  final CachedFile other;
  CachedFile file;
  LongtermPin held;
  boolean done;

  DaxScene(PinPolicy policy) throws LongpinException {
    device = DaxDevice.in(REGION.fill((byte) 'r'), PAGE);
    cache =
        PageCaches.createDax(
            device
                .config()
                .withPolicy(policy)
                .withDeadline(Scene.LONG)
                .withLongtermLimits(DEVICE_PAGES, DEVICE_PAGES),
            device);
    file = cache.open(Path.of("file"), OpenMode.CREATE);
    for (int page = 0; page < PAGES; page++) {
      write(file, page, (char) ('A' + page));
    }
    other = cache.open(Path.of("other"), OpenMode.CREATE);
    cache.open(Path.of("rest"), OpenMode.CREATE).preallocate(0, (DEVICE_PAGES - PAGES - 1L) * PAGE);
  }

  /** Writes a page full of a letter. */
  static void write(CachedFile to, long page, char letter) throws LongpinException {
    byte[] bytes = new byte[PAGE];
    Arrays.fill(bytes, (byte) letter);
    to.write(MemorySegment.ofArray(bytes), page * PAGE);
  }

  /** Reads, and returns what was read, which may be less. */
  static byte[] read(CachedFile from, long offset, int length) throws LongpinException {
    byte[] bytes = new byte[length];
    long read = from.read(MemorySegment.ofArray(bytes), offset);
    return Arrays.copyOf(bytes, (int) Math.max(0, read));
  }

  /** Checks that a file's page is full of a letter. */
  static void checkPage(CachedFile file, long page, char letter) throws LongpinException {
    byte[] expected = new byte[PAGE];
    Arrays.fill(expected, (byte) letter);
    assertEquals(
        Arrays.hashCode(expected),
        Arrays.hashCode(read(file, page * PAGE, PAGE)),
        "H7: what was written to another file's page");
  }

  /** Checks that nobody has a pin, and that every page can be had again. */
  void checkQuiet() throws LongpinException, InterruptedException {
    file.evict(); // waits for every pin; a page still pinned or gated would be a deadlock
    other.evict();
    while (!cache.holders().isEmpty()) { // one that was told is off the list a little later
      ScheduleExplorer.sleep(Duration.ofMillis(1));
    }
    assertEquals(0, cache.stats().disconnectedFrames());
    assertEquals(DEVICE_PAGES, cache.stats().freeFrames());
    file.truncate(0);
    other.truncate(0);
    assertEquals(PAGES + 1, device.freePages());
  }
}
