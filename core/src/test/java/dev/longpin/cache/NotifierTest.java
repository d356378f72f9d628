package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.IntervalNotifier;
import dev.longpin.api.Invalidation.Cause;
import dev.longpin.api.InvalidationHandler;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.RangeMark;
import dev.longpin.api.Translation;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.contract.FaultingDevice;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Devices with page tables of their own. */
@Timeout(60)
class NotifierTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private FaultingDevice device() {
    return device("nic");
  }

  private FaultingDevice device(String name) {
    return new FaultingDevice(PAGE).attach(rig.file, name);
  }

  @Test
  void whatADeviceWroteIsForcedAndItGoesOn() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice device = device();
    assertThat(device.read(PAGE)).isEqualTo('B');
    device.write(PAGE, 'x');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('x');
    device.write(PAGE, 'y');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('y');
    assertThat(rig.cache.holders()).isEmpty();
    rig.file.evict();
    assertThat(device.has(PAGE)).isFalse();
    assertThat(device.read(PAGE)).isEqualTo('y');
    rig.assertFree();
  }

  /** They go with any policy: what a device can be asked to forget is no pin. */
  @ParameterizedTest
  @EnumSource(PinPolicies.class)
  void aTruncateMakesTheDeviceForgetWhatThePolicyMay(PinPolicies policy) throws Exception {
    rig = Rig.of(dir, 2 * PAGE, config -> config.withPolicy(policy));
    FaultingDevice device = device();
    device.write(7, 'x');
    device.write(PAGE, 'y');
    rig.file.truncate(PAGE);
    assertThat(device.has(PAGE)).isFalse();
    assertThat(device.has(0)).isTrue();
    Rig.assertRefused(Reason.PAST_END, () -> device.write(PAGE, 'z'));
    rig.file.truncate(2 * PAGE);
    assertThat(device.read(PAGE)).isEqualTo('\0');
    rig.file.force();
    assertThat(rig.diskLetter(7)).isEqualTo('x');
    rig.assertFree();
  }

  /** A page that is cut in its middle has to be forgotten as well. */
  @Test
  void aPageThatIsPartlyCutIsForgotten() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice device = device();
    device.write(PAGE, 'x');
    rig.file.punchHole(PAGE + 10, 20);
    assertThat(device.told()).hasSize(1);
    assertThat(device.read(PAGE)).isEqualTo('x');
    assertThat(device.read(PAGE + 10)).isEqualTo('\0');
    rig.assertFree();
  }

  @Test
  void aDeviceThatFailsKeepsItsPagesAndIsNamed() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice good = device("good");
    good.write(PAGE, 'g');
    IntervalNotifier failing =
        rig.file.attach(
            0,
            2 * PAGE,
            OTHER,
            _ -> {
              throw new IllegalStateException("the device is on fire");
            });
    failing.begin();
    Translation kept = failing.translate(PAGE, Access.WRITE);
    assertThatThrownBy(() -> rig.file.truncate(PAGE, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("not invalidated: other (nic)");
    assertThat(rig.file.size()).isEqualTo(2 * PAGE);
    assertThat(rig.cache.stats().handlerErrors()).anyMatch(e -> e.contains("on fire"));
    assertThat(good.has(PAGE)).as("it let go, and may come back").isFalse();
    assertThat(good.read(PAGE)).isEqualTo('g');
    assertThat(kept.release()).isTrue();
    assertThat(kept.release()).isTrue();
    rig.file.truncate(PAGE);
    rig.assertFree();
  }

  /** I8, and what it has is the file's no more. */
  @Test
  void aDeviceThatNeverReturnsIsGoneWithout() throws Exception {
    rig = Rig.ofPages(dir, 2);
    CountDownLatch forever = new CountDownLatch(1);
    IntervalNotifier stuck =
        rig.file.attach(
            0,
            2 * PAGE,
            OTHER,
            _ -> {
              forever.await();
              return null;
            });
    stuck.begin();
    Translation kept = stuck.translate(PAGE, Access.READ);
    CachedFile other = rig.open("other", 40, 'o');
    FaultingDevice good = device("good");
    assertThat(good.read(PAGE)).isEqualTo('B');
    for (int round = 0; round < 3; round++) { // reclaim asks, and does without
      assertThat(Rig.read(other, 0, 40 * PAGE)).containsOnly('o');
    }
    assertThat(good.read(PAGE)).isEqualTo('B');
    assertThatThrownBy(() -> rig.file.evict(0, Long.MAX_VALUE, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    UnmapResult result = rig.file.truncate(PAGE, Unmapping.within(SHORT).orDisconnect());
    assertThat(result.disconnectedShortPins()).isEqualTo(1);
    assertThat(Rig.dmaRead(kept.unsafeSegment(), 0)).isEqualTo('B');
    assertThat(kept.release()).isFalse();
    forever.countDown();
    rig.assertFreeBut(other);
  }

  @Test
  void reclaimAsksAndTakesThePageLater() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice device = device();
    assertThat(device.read(0)).isEqualTo('A');
    CachedFile other = rig.open("other", 40, 'o');
    Later.await(() -> {
      try {
        Rig.read(other, 0, 40 * PAGE);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
      return !device.has(0);
    });
    assertThat(device.told()).allMatch(told -> told.cause() == Cause.RECLAIM);
    assertThat(device.read(0)).isEqualTo('A');
    rig.assertFreeBut(other);
  }

  /** The device's next write is a fault, which makes the page dirty again. */
  @Test
  void backgroundWritebackCleansWhatADeviceWrites() throws Exception {
    rig =
        Rig.of(
            dir, 2 * PAGE, config -> config.withBackgroundWriteback(true, Duration.ofMillis(10)));
    FaultingDevice device = device();
    assertThat(device.read(PAGE)).isEqualTo('B');
    device.write(0, 'x');
    rig.awaitDisk(0, 'x');
    Later.await(() -> !device.told().isEmpty() && !device.has(0));
    Later.await(() -> rig.cache.stats().dirtyPages() == 0);
    assertThat(device.told()).isNotEmpty().allMatch(told -> told.cause() == Cause.CLEAN);
    assertThat(device.has(PAGE)).as("one that reads may stay").isTrue();
    device.write(0, 'y');
    rig.awaitDisk(0, 'y');
    rig.assertFree();
  }

  /** Every first pass is started before any second one has ended. */
  @Test
  void slowDevicesOverlap() throws Exception {
    rig = Rig.ofPages(dir, 1);
    CountDownLatch all = new CountDownLatch(3);
    Translation[] held = new Translation[3];
    for (int i = 0; i < 3; i++) {
      int own = i;
      InvalidationHandler handler =
          _ -> {
            all.countDown();
            return () -> {
              all.await();
              held[own].release();
            };
          };
      IntervalNotifier notifier = rig.file.attach(0, PAGE, HOLDER, handler);
      notifier.begin();
      held[own] = notifier.translate(0, Access.READ);
    }
    rig.file.truncate(0, Unmapping.within(LONG));
    assertThat(rig.file.size()).isZero();
    rig.assertFree();
  }

  /** Two cuts at once: a device faults again only after both. */
  @Test
  void noFaultBeginsWhileAnythingIsInvalidated() throws Exception {
    rig = Rig.ofPages(dir, 4);
    FaultingDevice device = device();
    LongtermPin first = rig.file.pinLongterm(PAGE, 1, Access.READ, HOLDER);
    LongtermPin second = rig.file.pinLongterm(3 * PAGE, 1, Access.READ, HOLDER);
    Later<?> punch = Later.call(() -> rig.file.punchHole(PAGE, PAGE));
    Later<?> truncate = Later.call(() -> rig.file.truncate(3 * PAGE));
    rig.awaitGoing(PAGE);
    rig.awaitGoing(3 * PAGE);
    Later<Character> fault = Later.call(() -> device.read(2 * PAGE)).awaitWaiting();
    second.release();
    truncate.get();
    fault.awaitWaiting();
    first.release();
    punch.get();
    assertThat(fault.get()).isEqualTo('C');
    rig.assertFree();
  }

  @Test
  void aClosedNotifierFaultsNoMore() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice device = device();
    device.write(0, 'x');
    device.notifier().close();
    device.notifier().close();
    assertThatThrownBy(() -> device.read(PAGE)).isInstanceOf(FileClosedException.class);
    device.write(0, 'y'); // still its own
    assertThat(device.has(0)).isTrue();
    rig.file.evict();
    assertThat(device.has(0)).isFalse();
    assertThat(rig.letter(0)).isEqualTo('y');
    rig.assertFree();
  }

  @Test
  void aMarkedRangeGetsNoLongtermPin() throws Exception {
    rig = Rig.ofPages(dir, 4);
    LongtermPin before = rig.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
    try (RangeMark mark = rig.file.refuseLongterm(PAGE, 2 * PAGE)) {
      assertThat(mark.offset()).isEqualTo(PAGE);
      assertThat(mark.lengthBytes()).isEqualTo(2 * PAGE);
      for (long offset : new long[] {0, PAGE, 2 * PAGE + 4095}) {
        Rig.assertRefused(
            Reason.POLICY,
            () -> rig.file.pinLongterm(offset, PAGE + 1, Access.READ, HOLDER).release());
      }
      rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER).release();
      rig.file.pinLongterm(3 * PAGE, PAGE, Access.READ, HOLDER).release();
      rig.file.pin(PAGE, PAGE, Access.WRITE).close();
      assertThat(before.release()).isTrue();
    }
    rig.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER).release();
    rig.assertFree();
  }

  @Test
  void aMarkIsAsLongAsItSays() throws Exception {
    rig = Rig.ofPages(dir, 3);
    try (RangeMark _ = rig.file.refuseLongterm(100, 0);
        RangeMark _ = rig.file.refuseLongterm(PAGE, PAGE)) {
      rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER).release();
      rig.file.pinLongterm(2 * PAGE, PAGE, Access.READ, HOLDER).release();
      Rig.assertRefused(
          Reason.POLICY, () -> rig.file.pinLongterm(0, PAGE + 1, Access.READ, HOLDER).release());
    }
    rig.assertFree();
  }

  private static final InvalidationHandler ON_FIRE =
      _ -> {
        throw new IllegalStateException("the device is on fire");
      };

  private Translation stuck(Access access) throws Exception {
    IntervalNotifier failing = rig.file.attach(0, 2 * PAGE, OTHER, ON_FIRE);
    failing.begin();
    return failing.translate(PAGE, access);
  }

  /** Between its begin and its translation. */
  @Test
  void aNotifierThatIsClosedUnderAFaultGetsNothing() throws Exception {
    rig = Rig.ofPages(dir, 2);
    IntervalNotifier notifier = rig.file.attach(0, 2 * PAGE, OTHER, ON_FIRE);
    long sequence = notifier.begin();
    notifier.close();
    assertThatThrownBy(() -> notifier.translate(PAGE, Access.WRITE))
        .isInstanceOf(FileClosedException.class);
    assertThat(notifier.isCurrent(sequence)).isFalse();
    rig.file.truncate(PAGE);
    rig.assertFree();
  }

  @Test
  void aNotifierMayBeClosedAfterItsFile() throws Exception {
    rig = Rig.ofPages(dir, 2);
    FaultingDevice device = device();
    device.write(0, 'x');
    rig.file.close();
    device.notifier().close();
    assertThatThrownBy(() -> device.read(PAGE)).isInstanceOf(FileClosedException.class);
  }

  /** A handler that runs for another reason keeps nobody from being told. */
  @Test
  void aDeviceThatFailedToCleanIsToldOfTheCut() throws Exception {
    rig = Rig.ofPages(dir, 2);
    CountDownLatch go = new CountDownLatch(1);
    Translation[] held = new Translation[1];
    IntervalNotifier notifier =
        rig.file.attach(
            0,
            2 * PAGE,
            OTHER,
            told -> {
              if (told.cause() == Cause.CLEAN) {
                go.await();
                throw new IllegalStateException("not now");
              }
              held[0].release();
              return null;
            });
    notifier.begin();
    held[0] = notifier.translate(PAGE, Access.WRITE);
    rig.file.force();
    Later<?> cut = Later.call(() -> rig.file.truncate(PAGE)).awaitWaiting();
    go.countDown();
    cut.get();
    rig.assertFree();
  }

  /** A device that fails uses up nobody else's time. */
  @Test
  void holdersAreToldThoughADeviceFails() throws Exception {
    rig = Rig.ofPages(dir, 2);
    Translation kept = stuck(Access.READ);
    CountDownLatch told = new CountDownLatch(1);
    LongtermPin pin =
        rig.file.pinLongterm(
            PAGE,
            PAGE,
            Access.READ,
            HOLDER,
            (held, _) -> {
              held.release();
              told.countDown();
            });
    UnmapResult result = rig.file.truncate(PAGE, Unmapping.within(SHORT).orDisconnect());
    told.await();
    assertThat(pin.isDisconnected()).isFalse();
    assertThat(result.disconnected()).isEmpty();
    assertThat(result.disconnectedShortPins()).isEqualTo(1);
    assertThat(kept.release()).isFalse();
    assertThat(kept.release()).as("the same again").isFalse();
    rig.assertFree();
  }

  /** I5: a device that has another page of the range keeps no holder from being told. */
  @ParameterizedTest
  @ValueSource(longs = {0, 2 * PAGE})
  void holdersAreToldThoughADeviceHasAnotherPage(long offset) throws Exception {
    rig = Rig.ofPages(dir, 3);
    Translation kept = stuck(Access.READ);
    LongtermPin pin =
        rig.file.pinLongterm(offset, PAGE, Access.READ, HOLDER, (held, _) -> held.release());
    UnmapResult result =
        rig.file.truncate(0, Unmapping.within(Duration.ofSeconds(1)).orDisconnect());
    assertThat(result.disconnected()).isEmpty();
    assertThat(pin.isDisconnected()).isFalse();
    assertThat(result.revoked()).isEqualTo(1);
    assertThat(kept.release()).isFalse();
    rig.assertFree();
  }

  /** To fail at once is not to wait for a device first. */
  @Test
  void givingUpWaitsForNoDevice() throws Exception {
    rig = Rig.of(dir, 2 * PAGE, config -> config.withPolicy(PinPolicies.GIVE_UP));
    Translation kept = stuck(Access.READ);
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.READ, HOLDER);
    assertThatThrownBy(() -> rig.file.truncate(PAGE, Unmapping.within(LONG)))
        .isInstanceOf(UnmapRefusedException.class);
    assertThat(pin.release()).isTrue();
    assertThat(kept.release()).isTrue();
    rig.assertFree();
  }

  /** However soon it comes back. */
  @Test
  void aPageThatADeviceWritesAllTheTimeIsCleanedInTheBackground() throws Exception {
    rig =
        Rig.of(dir, 2 * PAGE, config -> config.withBackgroundWriteback(true, Duration.ofMillis(5)));
    FaultingDevice device = device();
    AtomicBoolean stop = new AtomicBoolean();
    Later<Void> busy =
        Later.run(() -> {
          while (!stop.get()) {
            device.write(0, 'x');
          }
        });
    rig.awaitDisk(0, 'x');
    stop.set(true);
    busy.get();
    rig.assertFree();
  }
}
