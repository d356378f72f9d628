package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** I6: a pin is all or nothing, and a refusal has a typed reason. */
@Timeout(60)
class PinRefusalTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** I8: long-term pins are counted, so that frames to make progress with remain. */
  @Test
  void theLimitOfTheCacheRefusesALongtermPin() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, config -> config.withLongtermLimits(3, 3));
    LongtermPin held = rig.file.pinLongterm(0, 2 * PAGE, Access.READ, HOLDER);
    assertRefused(Reason.LIMIT, () -> rig.file.pinLongterm(2 * PAGE, 2 * PAGE, Access.READ, OTHER));
    assertThat(rig.cache.stats().longtermPinnedPages()).isEqualTo(2);
    assertThat(rig.cache.stats().longtermLimit()).isEqualTo(3);
    held.release();
    rig.file.pinLongterm(PAGE, 3 * PAGE, Access.READ, OTHER).release();
    rig.assertFree();
  }

  @Test
  void theLimitOfAHolderRefusesThatHolderAlone() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, config -> config.withLongtermLimits(16, 2));
    LongtermPin held = rig.file.pinLongterm(PAGE - 1, 2, Access.WRITE, HOLDER);
    assertRefused(Reason.LIMIT, () -> rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER));
    rig.file.pinLongterm(0, 1, Access.WRITE, OTHER).release();
    held.release();
    rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER).release();
    rig.assertFree();
  }

  /** H16: the limit counts pins times pages. */
  @Test
  void aPageThatIsPinnedTwiceCountsTwice() throws Exception {
    rig = Rig.of(dir, PAGE, config -> config.withLongtermLimits(2, 2));
    LongtermPin first = rig.file.pinLongterm(0, 1, Access.READ, HOLDER);
    LongtermPin second = rig.file.pinLongterm(0, 1, Access.READ, HOLDER);
    assertRefused(Reason.LIMIT, () -> rig.file.pinLongterm(0, 1, Access.READ, HOLDER));
    first.release();
    first.release(); // a second answer takes nothing from the count
    assertThat(rig.cache.stats().longtermPinnedPages()).isEqualTo(1);
    second.release();
    rig.assertFree();
  }

  /** I12: the count of one page is full, and the pin of two pages leaves the other alone. */
  @ParameterizedTest
  @CsvSource({"READ, false, 4095", "WRITE, false, 1023", "READ, true, 2047", "WRITE, true, 511"})
  void aPinThatWouldOverflowACountIsRefused(Access access, boolean longterm, int max)
      throws Exception {
    rig = Rig.of(dir, 2 * PAGE, config -> config.withLongtermLimits(100_000, 100_000));
    List<AutoCloseable> pins = new ArrayList<>();
    for (int i = 0; i < max; i++) {
      pins.add(pin(PAGE, 1, access, longterm));
    }
    assertRefused(Reason.LIMIT, () -> pin(PAGE, 1, access, longterm));
    assertRefused(Reason.LIMIT, () -> pin(0, 2 * PAGE, access, longterm));
    assertThat(rig.cache.stats().longtermPinnedPages()).isEqualTo(longterm ? max : 0);
    rig.file.evict(0, PAGE, Unmapping.DEFAULT); // nothing is left on the first page
    pins.removeLast().close();
    pins.add(pin(PAGE, 1, access, longterm));
    for (AutoCloseable pin : pins) {
      pin.close();
    }
    rig.assertFree();
  }

  private AutoCloseable pin(long offset, long length, Access access, boolean longterm)
      throws Exception {
    return longterm
        ? rig.file.pinLongterm(offset, length, access, HOLDER)
        : rig.file.pin(offset, length, access);
  }

  @Test
  void aPolicyRefusesLongtermPinsAndNoOthers() throws Exception {
    PinPolicy refusing =
        (PinPolicy)
            Proxy.newProxyInstance(
                PinPolicy.class.getClassLoader(),
                new Class<?>[] {PinPolicy.class},
                (proxy, method, args) ->
                    method.getName().equals("mayPinLongterm")
                        ? (Object) false
                        : method.invoke(PinPolicies.WAIT, args));
    rig = Rig.of(dir, PAGE, config -> config.withPolicy(refusing));
    assertRefused(Reason.POLICY, () -> rig.file.pinLongterm(0, 1, Access.READ, HOLDER));
    rig.file.pin(0, 1, Access.WRITE).close();
    rig.assertFree();
  }

  @ParameterizedTest
  @EnumSource
  void aPinPastTheEndIsRefused(Access access) throws Exception {
    rig = Rig.ofBytes(dir, PAGE + 100);
    for (long offset : new long[] {0, 99, PAGE, PAGE + 99}) {
      rig.file.pin(offset, PAGE + 100 - offset, access).close();
      assertRefused(
          Reason.PAST_END, () -> rig.file.pin(offset, PAGE + 101 - offset, access).close());
      assertRefused(
          Reason.PAST_END, () -> rig.file.pinLongterm(offset, PAGE + 101 - offset, access, HOLDER));
    }
    assertRefused(Reason.PAST_END, () -> rig.file.pin(PAGE + 100, 1, access));
    assertRefused(Reason.PAST_END, () -> rig.file.pin(100L * PAGE, 1, access));
    rig.assertFree();
  }

  @Test
  void aPinOfWhatIsBeingCutIsRefused() throws Exception {
    rig = Rig.ofPages(dir, 3);
    Pin held = rig.file.pin(PAGE, 1, Access.READ);
    Later<?> truncate = Later.call(() -> rig.file.truncate(PAGE + 10));
    rig.awaitGoing(PAGE);
    for (Access access : Access.values()) {
      assertRefused(Reason.TRUNCATING, () -> rig.file.pin(PAGE, 1, access));
      assertRefused(Reason.TRUNCATING, () -> rig.file.pin(2 * PAGE, 1, access));
      assertRefused(Reason.TRUNCATING, () -> rig.file.pin(0, PAGE + 1, access));
      assertRefused(Reason.TRUNCATING, () -> rig.file.pinLongterm(0, 3 * PAGE, access, HOLDER));
      rig.file.pin(0, PAGE, access).close();
    }
    held.close();
    truncate.get();
    rig.file.pin(PAGE, 10, Access.WRITE).close();
    rig.assertFree();
  }

  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "READ")
  void aPinThatWritesAFileOpenedForReadingIsRefused(Access access) throws Exception {
    rig = Rig.ofPages(dir, 1);
    try (CachedFile reader = rig.cache.open(rig.path, OpenMode.READ)) {
      assertRefused(Reason.READ_ONLY, () -> reader.pin(0, 1, access));
      assertRefused(Reason.READ_ONLY, () -> reader.pinLongterm(0, 1, access, HOLDER));
      reader.pin(0, 1, Access.READ).close();
    }
    rig.assertFree();
  }

  /** I7: a write pin on a hole needs space. */
  @ParameterizedTest
  @EnumSource(mode = Mode.EXCLUDE, names = "READ")
  void aPinThatWritesAHoleIsRefusedWhenTheDiskIsFull(Access access) throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.file.pin(0, PAGE, Access.WRITE).close(); // this page has its space
    rig.stores.failNext(Call.RESERVE, 2, StoreException.Kind.NO_SPACE);
    assertRefused(Reason.NO_SPACE, () -> rig.file.pin(0, 2 * PAGE, access));
    assertRefused(Reason.NO_SPACE, () -> rig.file.pinLongterm(0, 2 * PAGE, access, HOLDER));
    assertThat(rig.letter(0)).isEqualTo('A');
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    rig.file.pin(0, 2 * PAGE, Access.WRITE).close();
    rig.assertFree();
    assertThat(rig.disk()).isEqualTo(Rig.letters(2 * PAGE, PAGE));
  }

  /** I6: what a refused overwrite pin did to its first pages is undone. */
  @Test
  void anOverwritePinThatIsRefusedChangesNothing() throws Exception {
    rig = Rig.ofPages(dir, 3);
    Pin held = rig.file.pin(2 * PAGE, 1, Access.READ);
    Later<?> truncate = Later.call(() -> rig.file.truncate(2 * PAGE));
    rig.awaitGoing(2 * PAGE);
    assertRefused(Reason.TRUNCATING, () -> rig.file.pin(0, 3 * PAGE, Access.OVERWRITE));
    held.close();
    truncate.get();
    assertThat(rig.letter(0)).isEqualTo('A');
    rig.assertFree();
    assertThat(rig.disk()).isEqualTo(Rig.letters(2 * PAGE, PAGE));
  }

  @Test
  void aPinIsRefusedWhenPinsFillTheCache() throws Exception {
    rig = Rig.of(dir, 32 * PAGE, config -> config.withDeadline(Rig.SHORT));
    Pin held = rig.file.pin(0, 15 * PAGE, Access.READ);
    assertRefused(Reason.NO_FRAME, () -> rig.file.pin(15 * PAGE, 2 * PAGE, Access.READ));
    assertRefused(
        Reason.NO_FRAME, () -> rig.file.pinLongterm(15 * PAGE, 2 * PAGE, Access.WRITE, HOLDER));
    rig.file.pin(15 * PAGE, PAGE, Access.READ).close(); // the frame that is left
    held.close();
    rig.assertFree();
  }

  /** No wait could help. */
  @Test
  void aPinLargerThanTheCacheIsRefusedAtOnce() throws Exception {
    rig = Rig.ofPages(dir, 17);
    assertRefused(Reason.NO_FRAME, () -> rig.file.pin(0, 17 * PAGE, Access.READ));
    assertRefused(Reason.LIMIT, () -> rig.file.pinLongterm(0, 17 * PAGE, Access.READ, HOLDER));
    assertRefused(Reason.PAST_END, () -> rig.file.pin(0, Long.MAX_VALUE, Access.READ));
    assertRefused(
        Reason.PAST_END, () -> rig.file.pinLongterm(0, Long.MAX_VALUE, Access.READ, HOLDER));
    rig.file.pin(0, 16 * PAGE, Access.READ).close();
    rig.assertFree();
  }

  /** What fills the cache is clean and can be reclaimed as soon as its pins have ended. */
  @Test
  void aPinThatWaitsForAFrameGetsOneWhenPinsEnd() throws Exception {
    rig = Rig.of(dir, 17 * PAGE, config -> config.withDeadline(Duration.ofSeconds(5)));
    Pin held = rig.file.pin(0, 16 * PAGE, Access.READ);
    Later<Pin> pin = Later.call(() -> rig.file.pin(16 * PAGE, 1, Access.READ)).awaitWaiting();
    held.close();
    pin.get().close();
    rig.assertFree();
  }

  /**
   * A page of which only a block was up to date is written in place meanwhile: no reason at all.
   */
  @Test
  void aPinThatReadsAPageThatIsBeingWrittenIsGranted() throws Exception {
    rig = Rig.ofPageSize(dir, 16 * PAGE, 16 * PAGE);
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<?> force = Later.run(rig.file::force);
    stop.awaitReached();
    rig.file.pin(5 * PAGE, 10, Access.READ).close();
    rig.file.pinLongterm(5 * PAGE, 10, Access.READ, HOLDER).close();
    stop.letGo();
    force.get();
    rig.assertFree();
  }

  @Test
  void aPinOfAPageThatCannotBeReadPinsNothing() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.load(0, 1);
    rig.stores.failNext(Call.READ, 2, StoreException.Kind.IO);
    Rig.assertFails(StoreException.Kind.IO, () -> rig.file.pin(0, 2 * PAGE, Access.READ));
    Rig.assertFails(
        StoreException.Kind.IO, () -> rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER));
    rig.assertFree();
  }

  /** I5: the wait for an in-place write (I4) ends at the deadline with nothing pinned. */
  @Test
  void aPinThatMeetsItsDeadlinePinsNothing() throws Exception {
    rig = Rig.of(dir, 2 * PAGE, config -> config.withDeadline(Rig.SHORT));
    rig.write(PAGE, PAGE, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<?> force = Later.run(() -> rig.file.force(0, Long.MAX_VALUE, Duration.ofSeconds(30)));
    stop.awaitReached();
    assertThatThrownBy(() -> rig.file.pin(0, 2 * PAGE, Access.WRITE))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining(rig.path.toString());
    rig.file.evict(0, PAGE, Unmapping.DEFAULT);
    stop.letGo();
    force.get();
    rig.assertFree();
  }
}
