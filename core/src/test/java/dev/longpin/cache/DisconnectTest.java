package dev.longpin.cache;

import static dev.longpin.cache.Rig.FRAMES;
import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.DisconnectedException;
import dev.longpin.api.HolderInfo;
import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.PinState;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A deadline passed and the caller chose to disconnect: the file goes on, the memory stays. */
@Timeout(60)
class DisconnectTest {

  private static final Unmapping DISCONNECT = Unmapping.within(SHORT).orDisconnect();

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
  void theResultListsTheHolders() throws Exception {
    LongtermPin held = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    rig.file.pinLongterm(
        PAGE, 3 * PAGE, Access.READ, OTHER, (revoked, revocation) -> revoked.release());
    Pin shortPin = rig.file.pin(2 * PAGE, 2 * PAGE, Access.READ);
    UnmapResult result = rig.file.truncate(PAGE, DISCONNECT);
    assertThat(result.revoked()).isEqualTo(1);
    assertThat(result.disconnectedShortPins()).isEqualTo(2); // one on each of two pages
    assertThat(result.disconnected()).singleElement().satisfies(DisconnectTest::assertDescribes);
    assertThat(rig.file.size()).isEqualTo(PAGE);
    assertThat(Files.size(rig.path)).isEqualTo(PAGE);
    assertThat(rig.cache.stats().disconnected()).isEqualTo(1);
    assertThat(rig.cache.stats().disconnectedFrames()).isEqualTo(3);
    assertThat(held.isDisconnected()).isTrue();
    assertThat(held.release()).isFalse();
    shortPin.close();
    assertThat(rig.cache.stats().disconnectedFrames()).isZero();
    rig.assertFree();
  }

  private static void assertDescribes(HolderInfo info) {
    assertThat(info.holder()).isEqualTo(HOLDER);
    assertThat(info.offset()).isEqualTo(PAGE);
    assertThat(info.pageCount()).isEqualTo(1);
    assertThat(info.takenAt()).isNotEmpty();
  }

  /** What is written from then on is not in the file, and the pin's answers say so. */
  @Test
  void everyAnswerOfThePinSaysIt() throws Exception {
    LongtermPin completed = rig.file.pinLongterm(3 * PAGE, 10, Access.WRITE, HOLDER);
    LongtermPin released = rig.file.pinLongterm(3 * PAGE, 10, Access.WRITE, HOLDER);
    LongtermPin closed = rig.file.pinLongterm(3 * PAGE, 10, Access.WRITE, HOLDER);
    LongtermPin quiesced = rig.file.pinLongterm(3 * PAGE, 10, Access.WRITE, HOLDER);
    assertThat(completed.complete()).isTrue();
    assertThat(rig.file.truncate(3 * PAGE, DISCONNECT).disconnected()).hasSize(4);
    assertThat(completed.complete()).isFalse();
    assertThatCode(completed::close).doesNotThrowAnyException(); // it has been said
    assertThat(released.release()).isFalse();
    assertThatCode(released::close).doesNotThrowAnyException();
    assertThatThrownBy(closed::close)
        .isInstanceOf(DisconnectedException.class)
        .hasMessageContaining("client");
    assertThat(closed.state()).isEqualTo(PinState.UNMAPPED);
    quiesced.quiesced();
    assertThat(rig.cache.stats().disconnectedFrames()).isZero();
    assertThat(quiesced.isDisconnected()).isTrue();
    assertThatThrownBy(quiesced::close).isInstanceOf(DisconnectedException.class);
    rig.assertFree();
  }

  /** I1: whatever the cache needs frames for, it is not that one. */
  @Test
  void theFrameIsNotReusedBeforeTheDeviceAnswers() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    rig.file.truncate(PAGE, DISCONNECT);
    Rig.dma(memory, 0, 'd');
    CachedFile other = rig.open("other", 40, 'o');
    for (int round = 0; round < 3; round++) {
      for (long page = 0; page < 40; page++) {
        assertThat(Rig.read(other, page * PAGE, PAGE)).containsOnly('o');
        Rig.dma(memory, page, 'd');
        assertThat(Rig.read(other, page * PAGE, PAGE)).containsOnly('o');
      }
      Rig.write(other, 5L * round * PAGE, 5 * PAGE, 'o');
    }
    try (Pin all = other.pin(0, 15 * PAGE, Access.WRITE)) {
      Set<Long> addresses = new HashSet<>();
      all.unsafeSegments().forEach(segment -> addresses.add(segment.address()));
      assertThat(addresses).hasSize(15).doesNotContain(memory.address());
    }
    assertThat(Rig.dmaRead(memory, 0)).isEqualTo('d');
    assertThat(rig.cache.stats().disconnectedFrames()).isEqualTo(1);
    assertThat(pin.release()).isFalse();
    other.evict();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(FRAMES);
    other.pin(0, FRAMES * PAGE, Access.READ).close();
    other.evict();
    rig.assertFree();
  }

  /** I2: the page that comes to the same place of the file is another. */
  @Test
  void aFileThatGrowsAgainDoesNotGetThePageBack() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    rig.file.truncate(PAGE, DISCONNECT);
    rig.file.truncate(2 * PAGE);
    Rig.dma(memory, 5, 'd');
    assertThat(Rig.read(rig.file, PAGE, PAGE)).containsOnly(0);
    rig.write(PAGE, 10, 'w');
    assertThat(Rig.dmaRead(memory, 5)).isEqualTo('d');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE + 5)).isEqualTo('w');
    assertThat(pin.complete()).isFalse();
    assertThat(pin.release()).isFalse();
    assertThat(rig.letter(PAGE + 5)).isEqualTo('w');
    rig.assertFree();
  }

  /** I2: a page that is only partly removed can't be disconnected. */
  @Test
  void aPageThatIsPartlyKeptMakesItFailWithNothingChanged() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, 2 * PAGE, Access.WRITE, HOLDER);
    for (Later.Body cut :
        List.<Later.Body>of(
            () -> rig.file.truncate(PAGE + 1, DISCONNECT),
            () -> rig.file.punchHole(PAGE, 2 * PAGE - 1, DISCONNECT),
            () -> rig.file.punchHole(PAGE + 1, 10, DISCONNECT))) {
      assertThatThrownBy(cut::run)
          .isInstanceOfSatisfying(
              DeadlineExceededException.class, e -> assertThat(e.holders()).hasSize(1));
      assertThat(pin.isDisconnected()).isFalse();
      assertThat(pin.complete()).isTrue();
    }
    assertThat(rig.cache.stats().disconnected()).isZero();
    assertThat(rig.cache.stats().disconnectedFrames()).isZero();
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    pin.putByte(0, (byte) 'p');
    rig.file.force();
    byte[] expected = Rig.letters(4 * PAGE, PAGE);
    expected[PAGE] = 'p';
    assertThat(rig.disk()).isEqualTo(expected);
    rig.file.pin(PAGE, 2 * PAGE, Access.WRITE).close();
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** A tail page that is cut to its very end may be disconnected, though the file ends in it. */
  @Test
  void aTailPageThatIsPunchedToTheEndIsWhollyRemoved() throws Exception {
    rig.file.truncate(3 * PAGE + 100);
    LongtermPin pin = rig.file.pinLongterm(3 * PAGE, 100, Access.WRITE, HOLDER);
    assertThat(rig.file.punchHole(3 * PAGE, 100, DISCONNECT).disconnected()).hasSize(1);
    assertThat(Rig.read(rig.file, 3 * PAGE, PAGE)).hasSize(100).containsOnly(0);
    assertThat(pin.release()).isFalse();
    rig.assertFree();
  }

  /** I2: the store fails, so the pages are those of the file as before. */
  @Test
  void aCutThatFailsInTheStoreConnectsThePinsAgain() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    rig.stores.failNext(Call.TRUNCATE);
    assertThatThrownBy(() -> rig.file.truncate(PAGE, DISCONNECT))
        .isInstanceOf(StoreException.class);
    assertThat(pin.isDisconnected()).isFalse();
    pin.putByte(0, (byte) 'p');
    assertThat(pin.complete()).isTrue();
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('p');
    assertThat(rig.cache.stats().disconnected()).isZero();
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** I2: the store cut, and failed: memory follows it, so the pin is disconnected. */
  @Test
  void aCutThatFailsHalfWayLeavesThePinsDisconnected() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    rig.stores.failNextAfterwards(Call.TRUNCATE);
    assertThatThrownBy(() -> rig.file.truncate(PAGE, DISCONNECT))
        .isInstanceOf(IndeterminateException.class);
    assertThat(rig.file.size()).isEqualTo(PAGE);
    pin.putByte(0, (byte) 'p');
    assertThat(pin.complete()).as("what it wrote is in the file").isFalse();
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(PAGE);
    assertThat(pin.release()).isFalse();
    rig.assertFree();
  }

  /** I3: what was completed before is in the file after an eviction. */
  @Test
  void anEvictionWritesWhatTheDeviceHadCompleted() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) 'c');
    assertThat(pin.complete()).isTrue();
    assertThat(rig.file.evict(PAGE, PAGE, DISCONNECT).disconnected()).hasSize(1);
    pin.putByte(1, (byte) 'l');
    assertThat(pin.complete()).isFalse();
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(rig.letter(PAGE)).isEqualTo('c');
    assertThat(rig.letter(PAGE + 1)).isEqualTo('B');
    assertThat(pin.release()).isFalse();
    rig.assertFree();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('c');
  }

  /** A short pin can't be told: its end makes nothing dirty that is not its own memory. */
  @Test
  void whatAShortPinWritesAfterwardsIsNotInTheFile() throws Exception {
    Pin pin = rig.file.pin(3 * PAGE, 10, Access.WRITE);
    assertThat(rig.file.truncate(3 * PAGE, DISCONNECT).disconnectedShortPins()).isEqualTo(1);
    rig.file.truncate(4 * PAGE);
    rig.write(3 * PAGE, 1, 'w');
    pin.putByte(0, (byte) 's');
    pin.close();
    assertThat(rig.letter(3 * PAGE)).isEqualTo('w');
    rig.file.force();
    assertThat(rig.diskLetter(3 * PAGE)).isEqualTo('w');
    rig.assertFree();
  }

  /** A pin that reaches beyond what was cut: its other pages are the file's as before. */
  @Test
  void pagesOfThePinThatAreKeptStayThoseOfTheFile() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    rig.file.truncate(PAGE, DISCONNECT);
    assertThat(pin.complete()).isFalse();
    pin.putByte(0, (byte) 'k');
    assertThat(pin.complete(0, PAGE)).isTrue();
    assertThat(pin.complete(PAGE - 1, 2)).isFalse();
    assertThat(pin.complete(PAGE, PAGE)).isFalse();
    assertThatThrownBy(() -> pin.complete(PAGE, PAGE + 1))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(rig.letter(0)).isEqualTo('k');
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(pin.release()).isFalse();
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('k');
    rig.assertFree();
  }

  /** I1: a cut that would disconnect a page and gives up on a write of it keeps nothing. */
  @Test
  void aCutThatGivesUpOnAWriteThatHangsKeepsNoReference() throws Exception {
    rig.close();
    rig = Rig.of(dir, 4 * PAGE, config -> config.withDeadline(SHORT));
    rig.write(0, PAGE, 'w');
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(() -> rig.file.force(0, Long.MAX_VALUE, LONG));
    stop.awaitReached();
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT).orDisconnect()))
        .isInstanceOf(DeadlineExceededException.class);
    stop.letGo();
    force.get();
    var _ = pin.release();
    rig.assertFree();
  }
}
