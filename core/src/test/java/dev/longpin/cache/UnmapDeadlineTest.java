package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PagePins;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinPolicy;
import dev.longpin.api.UnmapOperation;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitEndedException;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * I2, I5: a wait for pins ends at its deadline, or by an interrupt, with an exception that names
 * them, and with everything as it was.
 */
@Timeout(60)
class UnmapDeadlineTest {

  /** The operations that take pages away, each of the last three pages of four. */
  enum Taking {
    TRUNCATE {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.truncate(PAGE, unmapping);
      }
    },
    TRUNCATE_IN_A_PAGE {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.truncate(PAGE + 10, unmapping);
      }
    },
    PUNCH {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.punchHole(PAGE + 10, 2 * PAGE, unmapping);
      }
    },
    EVICT {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.evict(PAGE, 3 * PAGE, unmapping);
      }
    },
    DELETE {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.delete(unmapping);
      }
    },
    CLOSE {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.file.close(Objects.requireNonNull(unmapping.deadline()));
      }
    },
    CLOSE_CACHE {
      @Override
      void take(Rig rig, Unmapping unmapping) throws Exception {
        rig.cache.close(Objects.requireNonNull(unmapping.deadline()));
      }
    };

    abstract void take(Rig rig, Unmapping unmapping) throws Exception;

    /** An eviction and a close write dirty pages before they wait for pins, or after. */
    boolean mayClean() {
      return this == EVICT || this == CLOSE || this == CLOSE_CACHE;
    }
  }

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private LongtermPin hold() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.load(0, 4);
    rig.write(3 * PAGE, 10, 'd');
    return rig.file.pinLongterm(2 * PAGE, 100, Access.WRITE, HOLDER);
  }

  /** Everything is as it was before {@link Taking} failed, and goes on. */
  private void assertAsBefore(Taking taking, LongtermPin pin) throws Exception {
    int mark = rig.stores.mark();
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    assertThat(Files.size(rig.path)).isEqualTo(4 * PAGE);
    assertThat(rig.stores.count(Call.TRUNCATE) + rig.stores.count(Call.PUNCH_HOLE)).isZero();
    assertThat(rig.stores.count(Call.DELETE) + rig.stores.count(Call.CLOSE)).isZero();
    byte[] expected = Rig.letters(4 * PAGE, PAGE);
    if (!taking.mayClean()) {
      assertThat(rig.disk()).isEqualTo(expected);
    }
    Arrays.fill(expected, 3 * PAGE, 3 * PAGE + 10, (byte) 'd');
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).isEqualTo(expected);
    assertThat(rig.stores.since(mark, Call.READ)).as("still in memory").isEmpty();
    assertThat(rig.cache.holders()).hasSize(1);
    assertThat(pin.isDisconnected()).isFalse();
    pin.putByte(0, (byte) 'p');
    assertThat(pin.complete()).isTrue();
    // Gates are open and nothing is going.
    rig.file.pin(PAGE, 3 * PAGE, Access.WRITE).close();
    rig.file.pinLongterm(0, 4 * PAGE, Access.READ, OTHER).close();
    rig.write(PAGE, 1, 'w');
    rig.file.force();
    expected[PAGE] = 'w';
    expected[2 * PAGE] = 'p';
    assertThat(rig.disk()).isEqualTo(expected);
    assertThat(pin.release()).isTrue();
    taking.take(rig, Unmapping.within(LONG));
  }

  @ParameterizedTest
  @EnumSource
  void aDeadlineNamesTheHoldersAndChangesNothing(Taking taking) throws Exception {
    LongtermPin pin = hold();
    try (Pin shortPin = rig.file.pin(2 * PAGE, PAGE + 1, Access.READ)) {
      assertThat(shortPin.lengthBytes()).isEqualTo(PAGE + 1);
      assertThatThrownBy(() -> taking.take(rig, Unmapping.within(SHORT)))
          .isInstanceOfSatisfying(DeadlineExceededException.class, this::assertNames);
    }
    assertThat(rig.cache.stats().timeouts()).isPositive();
    assertAsBefore(taking, pin);
  }

  private void assertNames(WaitEndedException failure) {
    HolderInfo holder = failure.holders().getFirst();
    assertThat(failure.holders()).hasSize(1);
    assertThat(holder.holder()).isEqualTo(HOLDER);
    assertThat(holder.offset()).isEqualTo(2 * PAGE);
    assertThat(holder.age()).isPositive();
    assertThat(holder.takenAt()).isNotEmpty();
    assertThat(failure.shortPins()).hasSize(2);
    assertThat(failure.shortPins()).allMatch(pin -> pin.count() == 1);
    assertThat(failure.bytesDone()).isZero();
    assertThat(failure).hasMessageContaining(rig.path.toString()).hasMessageContaining("client");
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptEndsTheWaitTheSameWayAndKeepsItsStatus(Taking taking) throws Exception {
    LongtermPin pin = hold();
    AtomicBoolean kept = new AtomicBoolean();
    Later<Void> waiting =
        Later.run(() -> {
          try {
            taking.take(rig, Unmapping.within(LONG));
          } finally {
            kept.set(Thread.currentThread().isInterrupted());
          }
        });
    rig.awaitGoing(2 * PAGE);
    waiting.awaitWaiting().interrupt();
    WaitInterruptedException failure = waiting.failure(WaitInterruptedException.class);
    assertThat(failure.holders()).hasSize(1);
    assertThat(kept).isTrue();
    assertAsBefore(taking, pin);
  }

  @ParameterizedTest
  @EnumSource
  void aDeadlineOfZeroFailsAtOnce(Taking taking) throws Exception {
    LongtermPin pin = hold();
    assertThatThrownBy(() -> taking.take(rig, Unmapping.within(Duration.ZERO)))
        .isInstanceOf(DeadlineExceededException.class);
    assertAsBefore(taking, pin);
  }

  /** The same by a policy that refuses instead of waiting. */
  @ParameterizedTest
  @EnumSource
  void aRefusalOfThePolicyNamesTheHoldersAndChangesNothing(Taking taking) throws Exception {
    rig = Rig.of(dir, 4 * PAGE, config -> config.withPolicy(REFUSING));
    rig.load(0, 4);
    rig.write(3 * PAGE, 10, 'd');
    LongtermPin pin = rig.file.pinLongterm(2 * PAGE, 100, Access.WRITE, HOLDER);
    assertThatThrownBy(() -> taking.take(rig, Unmapping.within(LONG)))
        .isInstanceOfSatisfying(
            UnmapRefusedException.class, e -> assertThat(e.holders()).hasSize(1));
    assertAsBefore(taking, pin);
  }

  private static final PinPolicy REFUSING =
      (PinPolicy)
          Proxy.newProxyInstance(
              PinPolicy.class.getClassLoader(),
              new Class<?>[] {PinPolicy.class},
              (proxy, method, args) ->
                  method.getName().equals("onUnmap")
                      ? PinPolicy.OnUnmap.REFUSE
                      : method.invoke(PinPolicies.WAIT, args));

  /** Holders that had let go stay revoked; those that did not keep what they have. */
  @Test
  void whoeverLetGoBeforeTheDeadlineStaysRevoked() throws Exception {
    LongtermPin stubborn = hold();
    LongtermPin willing =
        rig.file.pinLongterm(
            PAGE, 10, Access.READ, OTHER, (revoked, revocation) -> revoked.release());
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
        .isInstanceOfSatisfying(
            DeadlineExceededException.class,
            e -> assertThat(e.holders().getFirst().holder()).isEqualTo(HOLDER));
    Later.await(() -> rig.cache.holders().size() == 1);
    assertThat(willing.isDisconnected()).isFalse();
    assertAsBefore(Taking.TRUNCATE, stubborn);
  }

  @Test
  void theDefaultDeadlineIsThatOfTheCache() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, config -> config.withDeadline(SHORT));
    LongtermPin pin = rig.file.pinLongterm(0, 4 * PAGE, Access.READ, HOLDER);
    for (Later.Body taking :
        List.<Later.Body>of(
            () -> rig.file.truncate(0), () -> rig.file.punchHole(0, 1), () -> rig.file.evict())) {
      assertThatThrownBy(taking::run).isInstanceOf(DeadlineExceededException.class);
    }
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** The policies are asked with what is on the page. */
  @Test
  void aPolicyIsAskedWithThePinsAndTheOperation() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    PinPolicy noting =
        (PinPolicy)
            Proxy.newProxyInstance(
                PinPolicy.class.getClassLoader(),
                new Class<?>[] {PinPolicy.class},
                (proxy, method, args) -> {
                  if (method.getName().equals("onUnmap")) {
                    asked.add(args[0] + " " + args[1]);
                  }
                  return method.invoke(PinPolicies.WAIT, args);
                });
    rig = Rig.of(dir, 2 * PAGE, config -> config.withPolicy(noting));
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    try (Pin first = rig.file.pin(0, 1, Access.READ);
        Pin second = rig.file.pin(0, 1, Access.WRITE)) {
      assertThat(first.offset()).isEqualTo(second.offset());
      assertThatThrownBy(() -> rig.file.evict(0, PAGE, Unmapping.within(SHORT)))
          .isInstanceOf(DeadlineExceededException.class);
    }
    assertThat(asked).isNotEmpty();
    assertThat(asked).containsOnly(new PagePins(1, 1, 0, 1) + " " + UnmapOperation.EVICT);
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }
}
