package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.Access;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** I5: an interrupt ends a wait as a deadline does, and the status is kept. */
@Timeout(60)
class InterruptTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    assertThat(Thread.interrupted()).isFalse();
    rig.close();
  }

  /** Interrupts an operation when it waits; checks that the status is kept. */
  private static WaitInterruptedException interrupt(Later.Body operation) throws Exception {
    AtomicBoolean kept = new AtomicBoolean();
    Later<Void> waiting =
        Later.run(() -> {
          try {
            operation.run();
          } finally {
            kept.set(Thread.currentThread().isInterrupted());
          }
        });
    waiting.awaitWaiting().interrupt();
    WaitInterruptedException failure = waiting.failure(WaitInterruptedException.class);
    assertThat(kept).isTrue();
    return failure;
  }

  @Test
  void aWriteAndAnAppendThatWaitForATruncate() throws Exception {
    rig = Rig.ofPages(dir, 4);
    LongtermPin pin = rig.file.pinLongterm(3 * PAGE, 1, Access.READ, HOLDER);
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(PAGE));
    rig.awaitGoing(3 * PAGE);
    WaitInterruptedException failure = interrupt(() -> rig.write(10, 2 * PAGE, 'w'));
    assertThat(failure.bytesDone()).isEqualTo(PAGE - 10);
    interrupt(() -> rig.file.append(MemorySegment.ofArray(new byte[10])));
    interrupt(() -> rig.file.truncate(10 * PAGE));
    interrupt(() -> rig.file.truncate(0));
    interrupt(() -> rig.file.evict());
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    assertThat(pin.release()).isTrue();
    truncate.get();
    assertThat(rig.file.size()).isEqualTo(PAGE);
    assertThat(Rig.read(rig.file, 10, PAGE)).hasSize(PAGE - 10).containsOnly('w');
    rig.assertFree();
  }

  @Test
  void aWriteAndPinsThatWaitForAnInPlaceWrite() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.write(PAGE, PAGE, '1');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    assertThat(interrupt(() -> rig.write(0, 2 * PAGE, '2')).bytesDone()).isEqualTo(PAGE);
    interrupt(() -> rig.file.pin(0, 2 * PAGE, Access.WRITE));
    interrupt(() -> rig.file.pin(0, 2 * PAGE, Access.OVERWRITE));
    interrupt(() -> rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER));
    interrupt(() -> rig.file.force(PAGE, 1, Rig.LONG));
    assertThat(rig.cache.stats().longtermPinnedPages()).isZero();
    stop.letGo();
    force.get();
    assertThat(rig.letter(PAGE)).isEqualTo('1');
    rig.assertFree();
  }

  /** I6: nor has the page that it had already been given lost its content. */
  @Test
  void anOverwritePinThatWaitsForAPage() throws Exception {
    rig = Rig.ofPages(dir, 2);
    Stop stop = rig.stores.stopNext(Call.READ);
    Later<Character> second = Later.call(() -> rig.letter(PAGE));
    stop.awaitReached();
    Later<Pin> pin = Later.call(() -> rig.file.pin(0, 2 * PAGE, Access.OVERWRITE)).awaitWaiting();
    Later<Character> first = Later.call(() -> rig.letter(0)).awaitWaiting();
    pin.interrupt();
    pin.failure(WaitInterruptedException.class);
    assertThat(first.get()).isEqualTo('A');
    stop.letGo();
    assertThat(second.get()).isEqualTo('B');
    rig.assertFree();
  }

  @Test
  void aReadAWriteAndAPinThatWaitForAFrame() throws Exception {
    rig = Rig.ofPages(dir, 17);
    Pin all = rig.file.pin(0, 16 * PAGE, Access.READ);
    interrupt(() -> rig.letter(16 * PAGE));
    interrupt(() -> rig.write(16 * PAGE, 1, 'w'));
    interrupt(() -> rig.file.pin(15 * PAGE, PAGE + 1, Access.READ));
    all.close();
    assertThat(rig.letter(16 * PAGE)).isEqualTo((char) ('A' + 16));
    rig.assertFree();
  }

  @Test
  void aWriterThatIsHeldBack() throws Exception {
    rig =
        Rig.of(
            dir,
            8 * PAGE,
            config ->
                config.withDirtyLimits(2, 1).withBackgroundWriteback(true, Duration.ofHours(1)));
    Stop stop = rig.stores.stopNext(Call.WRITE);
    // It has to be held back for good before it is interrupted.
    Later<Void> write = Later.run(() -> rig.write(0, 8 * PAGE, 'w'));
    stop.awaitReached();
    Later.await(() -> rig.cache.stats().dirtyPages() > 2);
    write.awaitWaiting().interrupt();
    WaitInterruptedException failure = write.failure(WaitInterruptedException.class);
    assertThat(failure.bytesDone()).isBetween(3L * PAGE, 4L * PAGE);
    assertThat(Rig.read(rig.file, 0, 3 * PAGE)).containsOnly('w');
    assertThat(rig.letter(7 * PAGE)).isEqualTo('H');
    stop.letGo();
  }

  /** What needs no wait needs no thread that may wait. */
  @Test
  void aThreadThatIsInterruptedAlreadyStillReadsAndPinsWhatIsInMemory() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.load(0, 2);
    Thread.currentThread().interrupt();
    try {
      assertThat(rig.letter(PAGE)).isEqualTo('B');
      try (Pin pin = rig.file.pin(PAGE, 10, Access.READ)) {
        assertThat(pin.getByte(0)).isEqualTo((byte) 'B');
      }
      assertThat(rig.file.size()).isEqualTo(2 * PAGE);
      assertThat(rig.file.holders()).isEmpty();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    rig.assertFree();
  }

  /** An end must not depend on it: a pin is over, and a file closed and written. */
  @Test
  void aThreadThatIsInterruptedAlreadyStillEndsWhatItHas() throws Exception {
    rig = Rig.ofPages(dir, 2);
    LongtermPin pin = rig.file.pinLongterm(0, 10, Access.WRITE, HOLDER);
    rig.write(PAGE, 10, 'w');
    Thread.currentThread().interrupt();
    try {
      pin.putByte(0, (byte) 'p');
      assertThat(pin.complete()).isTrue();
      assertThat(pin.release()).isTrue();
      rig.file.close();
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(rig.diskLetter(0)).isEqualTo('p');
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
  }
}
