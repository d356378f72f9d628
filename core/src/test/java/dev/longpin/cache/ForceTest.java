package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static dev.longpin.mm.BouncePool.BUFFERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Event;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * I3, I4: what was completed is on disk when a force returns, and the bytes written don't change
 * while they are: the stores compare their checksum before and after.
 */
@Timeout(60)
class ForceTest {

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

  /** I3: the page is cleaned many times while the device goes on. */
  @Test
  void whatADeviceCompletedIsOnDiskAfterEachForceThoughThePinIsHeld() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(PAGE, 2 * PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(1);
    for (int i = 0; i < 5; i++) {
      Rig.dma(memory, i, 'd');
      assertThat(pin.complete()).isTrue();
      rig.file.force();
      assertThat(rig.stores.unsyncedWrites()).isEmpty();
      assertThat(rig.diskLetter(2 * PAGE + i)).isEqualTo('d');
      assertThat(rig.diskLetter(2 * PAGE + i + 1)).isEqualTo('C');
      rig.file.force(); // nothing has told the cache of what comes between the two
    }
    Rig.dma(memory, 9, 'd');
    assertThat(pin.release()).isTrue();
    rig.file.force();
    assertThat(rig.diskLetter(2 * PAGE + 9)).isEqualTo('d');
    int mark = rig.stores.mark();
    rig.file.force();
    assertThat(rig.stores.since(mark, Call.WRITE)).as("clean at last").isEmpty();
    assertThat(rig.cache.stats().bounces()).isPositive();
    rig.assertFree();
  }

  /** I3: H4, a short pin that ends while its page is being written. */
  @Test
  void whatAShortPinWroteWhileThePageWasWrittenIsOnDiskAfterTheNextForce() throws Exception {
    Pin pin = rig.file.pin(0, PAGE, Access.WRITE);
    pin.putByte(0, (byte) '1');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    pin.putByte(1, (byte) '2');
    pin.close();
    stop.letGo();
    force.get();
    assertThat(rig.diskLetter(0)).isEqualTo('1');
    assertThat(rig.diskLetter(1)).isEqualTo('A'); // the copy was made before
    rig.file.force();
    assertThat(rig.diskLetter(1)).isEqualTo('2');
    rig.assertFree();
  }

  /** I4: the device writes while the store does. */
  @Test
  void aPageUnderAWritePinIsCopiedAndTheCopyWritten() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    Rig.dma(memory, 0, '1');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    memory.fill((byte) '2');
    stop.letGo();
    force.get();
    assertThat(rig.diskLetter(0)).isEqualTo('1');
    assertThat(rig.diskLetter(1)).isEqualTo('A');
    assertThat(rig.cache.stats().bounces()).isEqualTo(1);
    assertThat(pin.complete()).isTrue();
    rig.file.force();
    assertThat(rig.disk()).contains('2').doesNotContain('A');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** A page that devices only read is written as it is. */
  @Test
  void aPageUnderAReadPinIsNotCopied() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
    rig.write(0, 10, 'w');
    rig.file.force();
    assertThat(rig.cache.stats().bounces()).isZero();
    assertThat(rig.diskLetter(9)).isEqualTo('w');
    assertThat(pin.release()).isTrue();
  }

  /** I4: no pin, so the frame itself is written, and whoever would change it waits. */
  @Test
  void writePinsAndWritesWaitForAnInPlaceWriteAndReadsDoNot() throws Exception {
    rig.write(0, PAGE, '1');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    Later<Void> write = Later.run(() -> rig.write(5, 1, '2')).awaitWaiting();
    Later<Pin> pin = Later.call(() -> rig.file.pin(6, 1, Access.WRITE)).awaitWaiting();
    Later<LongtermPin> longterm =
        Later.call(() -> rig.file.pinLongterm(7, 1, Access.OVERWRITE, OTHER)).awaitWaiting();
    assertThat(rig.letter(5)).isEqualTo('1');
    rig.file.pin(0, PAGE, Access.READ).close();
    rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER).close();
    assertThat(write.isDone() || pin.isDone() || longterm.isDone()).isFalse();
    stop.letGo();
    force.get();
    write.get();
    pin.get().putByte(0, (byte) '3');
    pin.get().close();
    longterm.get().putByte(0, (byte) '4');
    longterm.get().close();
    rig.file.force();
    assertThat(rig.disk()).startsWith('1', '1', '1', '1', '1', '2', '3', '4', '1');
    rig.assertFree();
  }

  /** I4, H20: the stores see to it that no two overlap. */
  @Test
  void oneWriteOfAPageIsInFlightAtATime() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) '1');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> first = Later.run(rig.file::force);
    stop.awaitReached();
    pin.putByte(0, (byte) '2');
    Later<Void> second = Later.run(rig.file::force).awaitWaiting();
    Later<Void> third = Later.run(() -> rig.file.force(0, 1, Rig.LONG)).awaitWaiting();
    assertThatThrownBy(() -> rig.file.force(0, 1, SHORT))
        .isInstanceOf(DeadlineExceededException.class);
    rig.file.force(PAGE, PAGE, Rig.LONG); // another page
    stop.letGo();
    first.get();
    second.get();
    third.get();
    assertThat(rig.diskLetter(0)).isEqualTo('2');
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }

  /** I5: of a force that an interrupt ended nothing counts as forced; what is dirty stays so. */
  @Test
  void anInterruptEndsAForceThatWaits() throws Exception {
    rig.write(0, 10, 'w');
    rig.write(PAGE, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> first = Later.run(() -> rig.file.force(0, PAGE, Rig.LONG));
    stop.awaitReached();
    AtomicBoolean kept = new AtomicBoolean();
    Later<Void> second =
        Later.run(() -> {
          try {
            rig.file.force();
          } finally {
            kept.set(Thread.currentThread().isInterrupted());
          }
        });
    second.awaitWaiting().interrupt();
    second.failure(WaitInterruptedException.class);
    assertThat(kept).isTrue();
    stop.letGo();
    first.get();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    rig.assertFree();
  }

  @Test
  void aForceReturnsAfterTheSyncThatFollowsItsWrites() throws Exception {
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.SYNC);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    assertThat(rig.stores.unsyncedWrites()).hasSize(1);
    assertThat(force.isDone()).isFalse();
    rig.write(PAGE, 10, 'w'); // a write waits for no sync
    stop.letGo();
    force.get();
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    rig.assertFree();
  }

  /** I3: a force that meets another's sync is not content with it. */
  @Test
  void aForceDuringASyncThatMayHaveMissedItsPageSyncsAgain() throws Exception {
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.SYNC);
    Later<Void> first = Later.run(rig.file::force);
    stop.awaitReached();
    rig.write(PAGE, 10, 'w');
    Later<Void> second = Later.run(rig.file::force);
    Later.await(() -> rig.stores.count(Call.WRITE) == 2);
    stop.letGo();
    first.get();
    second.get();
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(rig.stores.count(Call.SYNC)).isEqualTo(2);
    rig.assertFree();
  }

  @Test
  void aForceOfARangeWritesItsPagesAlone() throws Exception {
    for (int page = 0; page < 4; page++) {
      rig.write(page * PAGE + 5, 10, 'w');
    }
    rig.file.force(2 * PAGE - 1, 2, Rig.LONG);
    assertThat(rig.stores.events(Call.WRITE))
        .extracting(Event::offset)
        .isEqualTo(List.of((long) PAGE, 2L * PAGE));
    assertThat(rig.diskLetter(5)).isEqualTo('A');
    rig.file.force(100L * PAGE, Long.MAX_VALUE - 100L * PAGE, Rig.LONG);
    rig.file.force(0, 0, Rig.LONG);
    assertThat(rig.stores.count(Call.WRITE)).isEqualTo(2);
    rig.file.force();
    assertThat(rig.stores.count(Call.WRITE)).isEqualTo(4);
  }

  /** A force must not fail for what it can't have (I8): the copies come from a reserved pool. */
  @Test
  void aForceCopiesPagesThoughPinsFillTheCache() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 4 * PAGE, Access.WRITE, HOLDER);
    var other = rig.open("other", 12, 'o');
    LongtermPin rest = other.pinLongterm(0, 12 * PAGE, Access.WRITE, OTHER);
    assertThat(rig.cache.stats().freeFrames()).isZero();
    pin.putByte(3 * PAGE, (byte) 'p');
    rest.putByte(11 * PAGE, (byte) 'p');
    rig.file.force();
    other.force();
    assertThat(rig.diskLetter(3 * PAGE)).isEqualTo('p');
    assertThat(rig.cache.stats().bounces()).isEqualTo(16);
    assertThat(rest.release()).isTrue();
    assertThat(pin.release()).isTrue();
  }

  /** I5: a force that got no buffer in time leaves its page as it was. */
  @Test
  void aForceThatGetsNoBufferMayBeTriedAgain() throws Exception {
    var other = rig.open("other", 1, 'o');
    LongtermPin late = other.pinLongterm(0, PAGE, Access.WRITE, OTHER);
    late.putByte(0, (byte) 'p');
    LongtermPin pin = rig.file.pinLongterm(0, 4 * PAGE, Access.WRITE, HOLDER);
    List<Later<Void>> forces = new ArrayList<>();
    List<Stop> stops = new ArrayList<>();
    for (int page = 0; page < BUFFERS; page++) {
      long offset = (long) page * PAGE;
      Stop stop = rig.stores.stopNext(Call.WRITE);
      forces.add(Later.run(() -> rig.file.force(offset, PAGE, Rig.LONG)));
      stop.awaitReached();
      stops.add(stop);
    }
    assertThatThrownBy(() -> other.force(0, PAGE, SHORT))
        .isInstanceOf(DeadlineExceededException.class);
    stops.forEach(Stop::letGo);
    for (Later<Void> force : forces) {
      force.get();
    }
    other.force(0, PAGE, Duration.ofSeconds(5));
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(Files.readAllBytes(other.path())[0]).isEqualTo((byte) 'p');
    assertThat(late.release()).isTrue();
    assertThat(pin.release()).isTrue();
    rig.assertFreeBut(other);
  }
}
