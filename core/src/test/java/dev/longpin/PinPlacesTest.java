package dev.longpin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.ShortPinInfo;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import dev.longpin.store.FileChannelStoreProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a pin was taken, which is in the code of whoever uses the cache: so not in its package. */
class PinPlacesTest {

  private static final int PAGE = 4096;
  private static final Unmapping SOON = Unmapping.within(Duration.ofMillis(50));

  @TempDir private Path dir;
  private PageCache cache;
  private CachedFile file;

  @BeforeEach
  void open() throws Exception {
    cache =
        PageCaches.create(
            CacheConfig.ofSize(64 * PAGE, PAGE).withDebug(true), new FileChannelStoreProvider());
    file = cache.open(Files.write(dir.resolve("file"), new byte[4 * PAGE]), OpenMode.WRITE);
  }

  @AfterEach
  void close() throws Exception {
    cache.close();
  }

  /** I5: age and place of short pins in debug mode; those that ended are not named. */
  @Test
  void debugModeNamesThePlaceOfEachShortPin() throws Exception {
    file.pin(0, 4 * PAGE, Access.WRITE).close();
    try (Pin first = file.pin(PAGE, 1, Access.READ);
        Pin second = file.pin(PAGE + 1, PAGE, Access.WRITE)) {
      assertThat(second.offset()).isEqualTo(first.offset() + 1);
      assertThatThrownBy(() -> file.truncate(0, SOON))
          .isInstanceOfSatisfying(DeadlineExceededException.class, PinPlacesTest::assertNamesUs);
    }
    assertThat(file.truncate(0).disconnected()).isEmpty();
  }

  private static void assertNamesUs(DeadlineExceededException failure) {
    assertThat(failure.shortPins()).extracting(ShortPinInfo::pageIndex).containsExactly(1L, 2L);
    assertThat(failure.shortPins()).extracting(ShortPinInfo::count).containsExactly(2, 1);
    List<ShortPinInfo.Place> places = new ArrayList<>();
    failure.shortPins().forEach(pin -> places.addAll(pin.places()));
    assertThat(places).hasSize(3);
    for (ShortPinInfo.Place place : places) {
      assertThat(place.thread()).isEqualTo(Thread.currentThread().toString());
      assertThat(place.age()).isPositive();
      assertThat(place.takenAt().getFirst().getMethodName())
          .isEqualTo("debugModeNamesThePlaceOfEachShortPin");
    }
    assertThat(failure).hasMessageContaining("PinPlacesTest.debugModeNamesThePlaceOfEachShortPin");
  }

  /** I5: age and place of a long-term pin are always known. */
  @Test
  void aDeadlineNamesThePlaceOfALongtermPin() throws Exception {
    LongtermPin pin = file.pinLongterm(0, 1, Access.WRITE, new Holder("client", "nic"));
    assertThat(cache.holders().getFirst().takenAt().getFirst().getMethodName())
        .isEqualTo("aDeadlineNamesThePlaceOfALongtermPin");
    assertThatThrownBy(() -> file.evict(0, 1, SOON))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("client (nic) holds 1 page")
        .hasMessageContaining("PinPlacesTest.aDeadlineNamesThePlaceOfALongtermPin");
    assertThat(pin.release()).isTrue();
  }
}
