package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.PinState;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.ShortPinInfo;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a pin gives: its accessors, what it reads from the store, and how it is listed. */
@Timeout(60)
class PinAccessTest {

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

  @Test
  void accessorsCrossThePagesOfThePin() throws Exception {
    long start = PAGE - 20;
    byte[] model = Rig.read(rig.file, start, PAGE + 40);
    ByteBuffer numbers = ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN);
    try (Pin pin = rig.file.pin(start, model.length, Access.WRITE)) {
      for (int at = 0; at <= 32; at++) {
        numbers.putLong(at, 0x0102030405060708L * (at + 1));
        pin.putLong(at, 0x0102030405060708L * (at + 1));
        pin.putByte(at + PAGE, (byte) at);
        model[at + PAGE] = (byte) at;
        assertThat(pin.getLong(at)).isEqualTo(numbers.getLong(at));
        assertThat(pin.getByte(at + PAGE)).isEqualTo((byte) at);
      }
      byte[] bytes = new byte[PAGE + 15];
      new Random(1).nextBytes(bytes);
      pin.copyFrom(7, MemorySegment.ofArray(bytes), 2, PAGE + 10);
      System.arraycopy(bytes, 2, model, 7, PAGE + 10);
      byte[] copy = new byte[model.length + 3];
      pin.copyTo(0, MemorySegment.ofArray(copy), 3, model.length);
      assertThat(copy).endsWith(model).startsWith(0, 0, 0);
    }
    assertThat(Rig.read(rig.file, start, model.length)).isEqualTo(model);
  }

  @Test
  void segmentsAreThePiecesOfThePagesInOrder() throws Exception {
    try (Pin pin = rig.file.pin(PAGE - 20, PAGE + 30, Access.WRITE)) {
      assertThat(pin.segmentCount()).isEqualTo(3);
      assertThat(pin.unsafeSegments())
          .extracting(MemorySegment::byteSize)
          .containsExactly(20L, (long) PAGE, 10L);
      Rig.dma(pin.unsafeSegment(0), 19, 'x');
      Rig.dma(pin.unsafeSegment(1), 0, 'y');
      Rig.dma(pin.unsafeSegment(2), 9, 'z');
    }
    assertThat(rig.letter(PAGE - 1)).isEqualTo('x');
    assertThat(rig.letter(PAGE)).isEqualTo('y');
    assertThat(rig.letter(2 * PAGE + 9)).isEqualTo('z');
    try (Pin pin = rig.file.pin(0, 1, Access.READ)) {
      assertThat(pin.unsafeSegment(0).isReadOnly()).isTrue();
      assertThatThrownBy(() -> pin.unsafeSegment(1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void accessorsRefuseWhatThePinDoesNotCover() throws Exception {
    try (Pin pin = rig.file.pin(10, 100, Access.WRITE)) {
      MemorySegment small = MemorySegment.ofArray(new byte[50]);
      for (ThrowingCallable access :
          List.<ThrowingCallable>of(
              () -> pin.getByte(100),
              () -> pin.getByte(-1),
              () -> pin.putByte(100, (byte) 1),
              () -> pin.getLong(93),
              () -> pin.putLong(93, -1),
              () -> pin.putLong(Long.MAX_VALUE, -1),
              () -> pin.copyTo(51, small, 0, 50),
              () -> pin.copyTo(0, small, 1, 50),
              () -> pin.copyFrom(51, small, 0, 50),
              () -> pin.copyFrom(0, small, 1, 50),
              () -> pin.copyFrom(0, small, 0, -1))) {
        assertThatThrownBy(access).isInstanceOf(IndexOutOfBoundsException.class);
      }
    }
    assertThat(Rig.read(rig.file, 0, PAGE)).containsOnly('A');
  }

  @Test
  void aPinThatReadsDoesNotWrite() throws Exception {
    MemorySegment byteOf = MemorySegment.ofArray(new byte[1]);
    try (Pin pin = rig.file.pin(0, 100, Access.READ)) {
      for (ThrowingCallable access :
          List.<ThrowingCallable>of(
              () -> pin.putByte(0, (byte) 1),
              () -> pin.putLong(0, 1),
              () -> pin.copyFrom(0, byteOf, 0, 1))) {
        assertThatThrownBy(access)
            .isInstanceOf(IllegalStateException.class)
            .isNotInstanceOf(FileClosedException.class);
      }
    }
    assertThat(rig.letter(0)).isEqualTo('A');
  }

  @Test
  void aPinThatHasEndedRefusesEveryAccess() throws Exception {
    Pin closed = rig.file.pin(0, 2 * PAGE, Access.WRITE);
    closed.close();
    closed.close();
    assertEnded(closed);
    LongtermPin quiesced = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    quiesced.quiesced();
    quiesced.quiesced();
    assertEnded(quiesced);
    assertThat(quiesced.release()).isTrue();
    assertThat(quiesced.release()).isTrue();
    assertEnded(quiesced);
    rig.assertFree();
  }

  private static void assertEnded(PinnedMemory pin) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[8]);
    for (ThrowingCallable access :
        List.<ThrowingCallable>of(
            () -> pin.getByte(0),
            () -> pin.putByte(0, (byte) 1),
            () -> pin.getLong(PAGE - 4),
            () -> pin.putLong(PAGE - 4, 1),
            () -> pin.copyTo(0, bytes, 0, 8),
            () -> pin.copyFrom(0, bytes, 0, 8),
            () -> pin.unsafeSegment(0),
            pin::unsafeSegments)) {
      assertThatThrownBy(access).isInstanceOf(FileClosedException.class);
    }
  }

  @Test
  void anOverwritePinReadsNothingThatItCovers() throws Exception {
    try (Pin pin = rig.file.pin(PAGE, 2 * PAGE, Access.OVERWRITE)) {
      assertThat(rig.stores.count(Call.READ)).isZero();
      pin.copyFrom(0, MemorySegment.ofArray(Rig.letters(2 * PAGE, 2 * PAGE)), 0, 2 * PAGE);
    }
    rig.file.force();
    assertThat(rig.disk()).containsSequence('A', 'A').doesNotContain('B', 'C').contains('D');
    assertThat(rig.stores.count(Call.READ)).isZero();
  }

  @Test
  void whatAnOverwritePinLeavesAloneReadsAsZeros() throws Exception {
    try (Pin pin = rig.file.pin(0, PAGE, Access.OVERWRITE)) {
      pin.putByte(5, (byte) 'x');
    }
    byte[] expected = new byte[PAGE];
    expected[5] = 'x';
    assertThat(Rig.read(rig.file, 0, PAGE)).isEqualTo(expected);
    rig.assertFree();
    assertThat(Rig.read(rig.file, 0, PAGE)).isEqualTo(expected);
  }

  @Test
  void anOverwritePinKeepsWhatItDoesNotCover() throws Exception {
    try (Pin pin = rig.file.pin(PAGE + 10, PAGE, Access.OVERWRITE)) {
      for (int i = 0; i < PAGE; i++) {
        pin.putByte(i, (byte) 'x');
      }
    }
    assertThat(Rig.read(rig.file, 0, PAGE)).containsOnly('A');
    assertThat(Rig.read(rig.file, PAGE, 10)).containsOnly('B');
    assertThat(Rig.read(rig.file, PAGE + 10, PAGE)).containsOnly('x');
    assertThat(Rig.read(rig.file, 2 * PAGE + 10, PAGE - 10)).containsOnly('C');
  }

  @Test
  void aPinOfPagesInMemoryReadsNothing() throws Exception {
    rig.load(0, 2);
    int mark = rig.stores.mark();
    rig.file.pin(0, 2 * PAGE, Access.READ).close();
    rig.file.pin(0, 2 * PAGE, Access.WRITE).close();
    rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER).release();
    assertThat(rig.stores.since(mark, Call.READ)).isEmpty();
  }

  /** I5: of short pins the pages and their number; without debug mode no more. */
  @Test
  void aDeadlineNamesThePagesThatShortPinsAreOn() throws Exception {
    try (Pin first = rig.file.pin(PAGE, 2 * PAGE, Access.READ);
        Pin second = rig.file.pin(2 * PAGE, 1, Access.WRITE)) {
      assertThat(first.offset() + second.offset()).isEqualTo(3 * PAGE);
      assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(Duration.ofMillis(50))))
          .isInstanceOfSatisfying(
              DeadlineExceededException.class,
              e ->
                  assertThat(e.shortPins())
                      .containsExactly(
                          new ShortPinInfo(1, 1, List.of()), new ShortPinInfo(2, 2, List.of())));
    }
  }

  @Test
  void holdersAreListedWithWhatTheyHold() throws Exception {
    LongtermPin reader = rig.file.pinLongterm(PAGE - 1, 2, Access.READ, HOLDER);
    LongtermPin writer =
        rig.file.pinLongterm(PAGE, 10, Access.OVERWRITE, OTHER, (pin, revocation) -> pin.release());
    var other = rig.cache.open(dir.resolve("other"), OpenMode.CREATE);
    assertThat(other.holders()).isEmpty();
    assertThat(rig.file.holders()).hasSize(2).hasSameSizeAs(rig.cache.holders());
    HolderInfo first = rig.file.holders().getFirst();
    assertThat(first.holder()).isEqualTo(HOLDER);
    assertThat(first.file()).isEqualTo(rig.path);
    assertThat(first.offset()).isEqualTo(PAGE - 1);
    assertThat(first.lengthBytes()).isEqualTo(2);
    assertThat(first.pageCount()).isEqualTo(2);
    assertThat(first.access()).isEqualTo(Access.READ);
    assertThat(first.age()).isPositive();
    assertThat(first.revocable()).isFalse();
    assertThat(first.state()).isEqualTo(PinState.HELD);
    assertThat(rig.file.holders().getLast().revocable()).isTrue();
    reader.quiesced();
    assertThat(rig.file.holders().getFirst().state()).isEqualTo(PinState.QUIESCED);
    assertThat(reader.state()).isEqualTo(PinState.QUIESCED);
    reader.release();
    assertThat(reader.state()).isEqualTo(PinState.UNMAPPED);
    writer.close();
    assertThat(rig.file.holders()).isEmpty();
    rig.assertFree();
  }
}
