package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static dev.longpin.cache.Rig.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.PinState;
import dev.longpin.api.Revocation;
import dev.longpin.api.RevocationHandler;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How holders are told to let go, and what they answer. */
@Timeout(60)
class RevocationTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 4);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private LongtermPin pin(long offset, long length, RevocationHandler handler) throws Exception {
    return rig.file.pinLongterm(offset, length, Access.WRITE, HOLDER, handler);
  }

  @Test
  void aHolderIsToldWhatTheFileNeedsItsPagesFor() throws Exception {
    BlockingQueue<Revocation> told = new LinkedBlockingQueue<>();
    AtomicReference<LongtermPin> of = new AtomicReference<>();
    LongtermPin pin =
        pin(
            PAGE,
            PAGE,
            (revoked, revocation) -> {
              told.add(revocation);
              of.set(revoked);
              revoked.release();
            });
    UnmapResult result =
        rig.file.punchHole(PAGE + 10, 2 * PAGE, Unmapping.within(Duration.ofSeconds(5)));
    assertThat(result).isEqualTo(new UnmapResult(1, List.of(), 0));
    Revocation revocation = told.remove();
    assertThat(of.get()).isSameAs(pin);
    assertThat(revocation.operation()).isEqualTo(UnmapOperation.PUNCH_HOLE);
    assertThat(revocation.offset()).isEqualTo(PAGE + 10);
    assertThat(revocation.lengthBytes()).isEqualTo(2 * PAGE);
    assertThat(revocation.remaining()).isPositive().isLessThanOrEqualTo(Duration.ofSeconds(5));
    assertThat(told).isEmpty();
    Later.await(() -> pin.state() == PinState.UNMAPPED);
    assertThat(pin.isDisconnected()).isFalse();
    assertThat(rig.cache.stats().revocations()).isEqualTo(1);
    rig.assertFree();
  }

  /** Told is not quiesced: the device may still write, and the file waits for it (I1, I2). */
  @Test
  void theFileWaitsUntilTheDeviceAnswersQuiesced() throws Exception {
    LongtermPin pin = pin(PAGE, PAGE, (revoked, revocation) -> {});
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(0));
    Later.await(() -> pin.state() == PinState.TOLD);
    truncate.awaitWaiting();
    pin.putByte(0, (byte) 'x');
    assertThat(rig.letter(PAGE)).isEqualTo('x');
    pin.quiesced();
    assertThat(truncate.get().revoked()).isEqualTo(1);
    assertThat(rig.file.size()).isZero();
    assertThat(pin.state()).isEqualTo(PinState.QUIESCED);
    assertThat(rig.cache.stats().longtermPinnedPages()).isEqualTo(1);
    assertThat(pin.release()).isTrue();
    assertThat(pin.state()).isEqualTo(PinState.UNMAPPED);
    rig.assertFree();
  }

  /** Every handler waits until all have been told. */
  @Test
  void holdersAreToldAllAtOnce() throws Exception {
    CountDownLatch told = new CountDownLatch(4);
    for (int i = 0; i < 4; i++) {
      rig.file.pinLongterm(
          i * PAGE / 2,
          PAGE,
          Access.READ,
          new Holder("client " + i, "nic"),
          (revoked, revocation) -> {
            told.countDown();
            told.await();
            revoked.release();
          });
    }
    assertThat(rig.file.truncate(0, Unmapping.within(LONG)).revoked()).isEqualTo(4);
    rig.assertFree();
  }

  /** I2: a page that is only partly removed counts as removed, wherever in it the pin is. */
  @Test
  void aHolderOfThePartThatIsKeptIsToldToo() throws Exception {
    LongtermPin before = pin(PAGE, 100, (revoked, revocation) -> revoked.release());
    assertThat(rig.file.truncate(PAGE + 200, Unmapping.within(LONG)).revoked()).isEqualTo(1);
    LongtermPin behind = pin(PAGE + 150, 50, (revoked, revocation) -> revoked.release());
    assertThat(rig.file.punchHole(PAGE, 100, Unmapping.within(LONG)).revoked()).isEqualTo(1);
    Later.await(() -> before.state() == PinState.UNMAPPED && behind.state() == PinState.UNMAPPED);
    rig.assertFree();
  }

  @Test
  void holdersElsewhereAreNotTold() throws Exception {
    AtomicInteger told = new AtomicInteger();
    LongtermPin before = pin(0, PAGE, (revoked, revocation) -> told.incrementAndGet());
    LongtermPin after = pin(2 * PAGE, PAGE, (revoked, revocation) -> told.incrementAndGet());
    LongtermPin irrevocable = rig.file.pinLongterm(3 * PAGE, 1, Access.READ, OTHER);
    assertThat(rig.file.punchHole(PAGE, PAGE)).isEqualTo(UnmapResult.NONE);
    assertThat(told).hasValue(0);
    assertThat(List.of(before.release(), after.release(), irrevocable.release()))
        .containsOnly(true);
    rig.assertFree();
  }

  @Test
  void aHandlerThatThrowsCountsAsTold() throws Exception {
    LongtermPin first =
        pin(
            0,
            PAGE,
            (revoked, revocation) -> {
              throw new java.io.IOException("no connection");
            });
    LongtermPin second =
        pin(
            PAGE,
            PAGE,
            (revoked, revocation) -> {
              throw new AssertionError("a bug of the holder's");
            });
    Later<UnmapResult> evict = Later.call(rig.file::evict);
    Later.await(() -> first.state() == PinState.TOLD && second.state() == PinState.TOLD);
    assertThat(rig.cache.stats().handlerErrors())
        .hasSize(2)
        .anyMatch(error -> error.contains("no connection") && error.contains("client"))
        .anyMatch(error -> error.contains("a bug of the holder's"));
    assertThat(evict.isDone()).isFalse();
    first.release();
    second.release();
    assertThat(evict.get().disconnected()).isEmpty();
    rig.assertFree();
  }

  /** H14: who was told, and held on, is told again. */
  @Test
  void aHolderIsToldAgainByTheNextOperation() throws Exception {
    AtomicInteger told = new AtomicInteger();
    pin(
        0,
        PAGE,
        (revoked, revocation) -> {
          if (told.incrementAndGet() == 3) {
            revoked.release();
          }
        });
    int failures = 0;
    while (rig.file.size() > 0) {
      try {
        rig.file.truncate(0, Unmapping.within(SHORT));
      } catch (DeadlineExceededException e) {
        failures++;
      }
    }
    assertThat(told).hasValue(3);
    assertThat(failures).isGreaterThanOrEqualTo(2);
    assertThat(rig.cache.stats().revocations()).isEqualTo(3);
    rig.assertFree();
  }

  /** H13: a handler that never returns delays nobody, and is not called a second time meanwhile. */
  @Test
  void aHandlerThatIsStillRunningIsNotCalledAgain() throws Exception {
    CountDownLatch open = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    LongtermPin pin =
        pin(
            0,
            PAGE,
            (revoked, revocation) -> {
              calls.incrementAndGet();
              open.await();
            });
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
          .isInstanceOf(DeadlineExceededException.class);
    }
    Later.await(() -> calls.get() > 0);
    assertThat(calls).hasValue(1);
    assertThat(pin.state()).isEqualTo(PinState.HELD); // told is when the handler has returned
    open.countDown();
    Later.await(() -> pin.state() == PinState.TOLD);
    pin.release();
    rig.assertFree();
  }

  @Test
  void thePolicyWaitTellsNobody() throws Exception {
    rig.close();
    rig = Rig.of(dir, 4 * PAGE, config -> config.withPolicy(PinPolicies.WAIT));
    AtomicInteger told = new AtomicInteger();
    LongtermPin pin = pin(0, PAGE, (revoked, revocation) -> told.incrementAndGet());
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(0)).awaitWaiting();
    rig.awaitGoing(PAGE);
    assertThat(truncate.isDone()).isFalse();
    pin.release();
    assertThat(truncate.get()).isEqualTo(UnmapResult.NONE);
    assertThat(told).hasValue(0);
    assertThat(rig.cache.stats().revocations()).isZero();
  }

  /** I11: no lock is held while it runs, so a handler may use the file that it is told of. */
  @Test
  void aHandlerMayReadWriteAndForceTheFile() throws Exception {
    pin(
        2 * PAGE,
        2 * PAGE,
        (revoked, revocation) -> {
          revoked.putByte(0, (byte) 'p');
          assertThat(rig.letter(2 * PAGE)).isEqualTo('p');
          assertThat(rig.letter(PAGE)).isEqualTo('B');
          rig.write(0, 10, 'w');
          rig.file.pin(0, 10, Access.WRITE).close();
          rig.file.force();
          assertThat(rig.diskLetter(2 * PAGE)).isEqualTo('p');
          revoked.release();
        });
    assertThat(rig.file.truncate(PAGE).revoked()).isEqualTo(1);
    assertThat(rig.cache.stats().handlerErrors()).isEmpty();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    rig.assertFree();
  }

  /** A pin of what is going is refused to a handler as to anyone. */
  @Test
  void aHandlerCannotPinAgainWhatItWasToldToLetGo() throws Exception {
    BlockingQueue<Boolean> refused = new LinkedBlockingQueue<>();
    pin(
        0,
        PAGE,
        (revoked, revocation) -> {
          revoked.release();
          assertRefused(Reason.TRUNCATING, () -> pin(0, PAGE, null));
          refused.add(true);
        });
    CountDownLatch hold = new CountDownLatch(1);
    rig.file.pinLongterm(
        0,
        PAGE,
        Access.READ,
        OTHER,
        (revoked, revocation) -> {
          hold.await();
          revoked.release();
        });
    Later<UnmapResult> evict = Later.call(rig.file::evict);
    Later.await(() -> !refused.isEmpty() || !rig.cache.stats().handlerErrors().isEmpty());
    hold.countDown();
    assertThat(evict.get().revoked()).isEqualTo(2);
    assertThat(refused).hasSize(1);
    pin(0, PAGE, null).release();
    rig.assertFree();
  }

  /** I9. */
  @Test
  void aKeyIsNobodyElsesForAWhile() throws Exception {
    Set<Integer> keys = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
      assertThat(keys.add(pin.key())).isTrue();
      assertThat(pin.release()).isTrue();
    }
    rig.assertFree();
  }
}
