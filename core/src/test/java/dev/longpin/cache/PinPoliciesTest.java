package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.Unmapping;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** The table of policies, line by line. */
@Timeout(60)
class PinPoliciesTest {

  /** What becomes of an operation that meets a pin which does not end. */
  enum End {
    REFUSED,
    WAITED,
    TOLD
  }

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private Rig with(PinPolicies policy) throws Exception {
    return Rig.of(dir, 3 * PAGE, config -> config.withPolicy(policy));
  }

  /** An operation that takes page 1 away. */
  @FunctionalInterface
  private interface Unmapper {
    void run(Unmapping unmapping) throws LongpinException;
  }

  private Unmapper[] unmappers() {
    return new Unmapper[] {
      unmapping -> rig.file.truncate(PAGE, unmapping),
      unmapping -> rig.file.punchHole(PAGE, PAGE, unmapping),
      unmapping -> rig.file.evict(PAGE, PAGE, unmapping),
      rig.file::delete
    };
  }

  private void assertEnds(End end) throws Exception {
    for (Unmapper unmapper : unmappers()) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> unmapper.run(Unmapping.within(SHORT)))
          .isInstanceOf(
              end == End.REFUSED ? UnmapRefusedException.class : DeadlineExceededException.class);
      assertThat(System.nanoTime() - start < SHORT.toNanos()).isEqualTo(end == End.REFUSED);
      assertThat(rig.file.size()).isEqualTo(3 * PAGE);
      assertThat(rig.letter(PAGE)).isEqualTo('B');
    }
    rig.file.truncate(2 * PAGE); // nobody has page 2
    rig.file.truncate(3 * PAGE);
  }

  @ParameterizedTest
  @CsvSource({"REFUSE, WAITED", "FLAG_ALL, REFUSED", "GIVE_UP, WAITED", "WAIT, WAITED"})
  void aShortPinThatDoesNotEnd(PinPolicies policy, End end) throws Exception {
    rig = with(policy);
    try (Pin pin = rig.file.pin(PAGE, PAGE, Access.READ)) {
      assertThat(pin.getByte(0)).isEqualTo((byte) 'B');
      assertEnds(end);
    }
    rig.assertFree();
  }

  @ParameterizedTest
  @CsvSource({"FLAG_ALL, REFUSED", "GIVE_UP, REFUSED", "WAIT, WAITED", "REVOKE, TOLD"})
  void aLongtermPinThatDoesNotEnd(PinPolicies policy, End end) throws Exception {
    rig = with(policy);
    AtomicInteger told = new AtomicInteger();
    LongtermPin pin =
        rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER, (_, _) -> told.incrementAndGet());
    assertEnds(end);
    assertThat(told.get() > 0).isEqualTo(end == End.TOLD);
    // Reading, writing and forcing are as ever.
    rig.write(PAGE, 1, 'x');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('x');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  @ParameterizedTest
  @EnumSource(names = "REFUSE", mode = Mode.INCLUDE)
  void noLongtermPin(PinPolicies policy) throws Exception {
    rig = with(policy);
    for (Access access : Access.values()) {
      Rig.assertRefused(
          Reason.POLICY, () -> rig.file.pinLongterm(0, PAGE, access, HOLDER).release());
    }
    rig.assertFree();
  }

  /** To close a file is nobody's to refuse: holders are told, and in the end disconnected. */
  @ParameterizedTest
  @EnumSource(names = "REFUSE", mode = Mode.EXCLUDE)
  void aCloseTellsUnderEveryPolicy(PinPolicies policy) throws Exception {
    rig = with(policy);
    LongtermPin pin =
        rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER, (held, _) -> held.release());
    rig.file.close();
    assertThat(pin.isDisconnected()).isFalse();
    Later.await(() -> rig.cache.holders().isEmpty());
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(rig.cache.stats().frames());
  }
}
