package dev.longpin.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.schedule.MemoryStores;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many pins there can be. */
final class PinLimitsTest {

  private static final int PAGE = 4096;
  private static final int FRAMES = 16;
  private static final Path PATH = Path.of("file");
  private static final Holder HOLDER = new Holder("client", "nic");
  private static final Holder OTHER = new Holder("other", "nic");

  private static CacheConfig config() {
    return CacheConfig.ofSize(FRAMES * PAGE, PAGE)
        .withBackgroundWriteback(false, Duration.ofSeconds(1))
        .withReadahead(0)
        .withDeadline(Duration.ofSeconds(2));
  }

  private static PageCache cache(CacheConfig config) {
    MemoryStores stores = new MemoryStores();
    stores.create(PATH, new byte[FRAMES * PAGE]);
    return PageCaches.create(config, stores);
  }

  private static Reason refusal(CachedFile file, Access access, Holder holder, int pages) {
    return assertThrows(
            PinRefusedException.class,
            () -> file.pinLongterm(0, (long) pages * PAGE, access, holder))
        .reason();
  }

  /** I12: the pin that would overflow a page's count is refused, and the neighbours are intact. */
  @ParameterizedTest
  @CsvSource({"READ, 4095", "WRITE, 1023"})
  void aShortPinThatWouldOverflowIsRefused(Access access, int most) throws Exception {
    try (PageCache cache = cache(config());
        CachedFile file = cache.open(PATH, OpenMode.WRITE)) {
      Deque<Pin> pins = new ArrayDeque<>();
      for (int i = 0; i < most; i++) {
        pins.add(file.pin(0, 1, access));
      }
      for (int i = 0; i < 2; i++) {
        PinRefusedException e =
            assertThrows(PinRefusedException.class, () -> file.pin(0, 1, access));
        assertEquals(Reason.LIMIT, e.reason());
      }
      file.pin(PAGE, 1, access).close();
      pins.pop().close();
      pins.add(file.pin(0, 1, access));
      while (!pins.isEmpty()) {
        pins.pop().close();
      }
      file.truncate(0);
    }
  }

  /** I12, likewise. */
  @ParameterizedTest
  @CsvSource({"READ, 2047", "WRITE, 511"})
  void aLongtermPinThatWouldOverflowIsRefused(Access access, int most) throws Exception {
    try (PageCache cache = cache(config().withLongtermLimits(10_000, 10_000));
        CachedFile file = cache.open(PATH, OpenMode.WRITE)) {
      Deque<LongtermPin> pins = new ArrayDeque<>();
      for (int i = 0; i < most; i++) {
        pins.add(file.pinLongterm(0, 1, access, HOLDER));
      }
      assertEquals(Reason.LIMIT, refusal(file, access, HOLDER, 1));
      assertEquals(most, cache.stats().longtermPinnedPages(), "the refused pin is not charged");
      while (!pins.isEmpty()) {
        pins.pop().close();
      }
      assertEquals(0, cache.stats().longtermPinnedPages());
      file.truncate(0);
    }
  }

  /** I8: all long-term pins together are held against the limits. */
  @Test
  void longtermPinsLeaveFrames() throws Exception {
    try (PageCache cache = cache(config().withLongtermLimits(6, 4));
        CachedFile file = cache.open(PATH, OpenMode.WRITE)) {
      LongtermPin three = file.pinLongterm(0, 3 * PAGE, Access.READ, HOLDER);
      assertEquals(Reason.LIMIT, refusal(file, Access.READ, HOLDER, 2), "of the holder");
      LongtermPin one = file.pinLongterm(0, PAGE, Access.READ, HOLDER);
      assertEquals(Reason.LIMIT, refusal(file, Access.READ, OTHER, 3), "of the cache");
      LongtermPin two = file.pinLongterm(0, 2 * PAGE, Access.READ, OTHER);
      assertEquals(Reason.LIMIT, refusal(file, Access.READ, OTHER, 1), "of the cache");
      assertEquals(6, cache.stats().longtermPinnedPages());
      three.quiesced();
      assertEquals(6, cache.stats().longtermPinnedPages(), "charged until it is unmapped");
      three.close();
      three.close();
      assertEquals(3, cache.stats().longtermPinnedPages());
      file.pinLongterm(0, 3 * PAGE, Access.READ, HOLDER).close();
      one.close();
      two.close();
      assertEquals(0, cache.stats().longtermPinnedPages());
    }
  }

  /** I8: pages that never get clean hold back no writer. */
  @Test
  void pagesUnderLongtermWritePinsDoNotThrottle() throws Exception {
    CacheConfig config =
        config()
            .withLongtermLimits(FRAMES, FRAMES)
            .withDirtyLimits(2, 1)
            .withBackgroundWriteback(true, Duration.ofMillis(10));
    try (PageCache cache = cache(config);
        CachedFile file = cache.open(PATH, OpenMode.WRITE);
        LongtermPin pin = file.pinLongterm(0, 6 * PAGE, Access.WRITE, HOLDER)) {
      for (int page = 0; page < 6; page++) {
        file.write(MemorySegment.ofArray(new byte[] {1}), (long) page * PAGE);
      }
      assertTrue(cache.stats().dirtyPages() <= 2, "dirty: " + cache.stats().dirtyPages());
      file.write(MemorySegment.ofArray(new byte[] {1}), 7L * PAGE);
      assertTrue(pin.complete());
    }
  }
}
