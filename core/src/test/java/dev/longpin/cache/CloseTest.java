package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.OTHER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.DisconnectedException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapOperation;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The last close of a file, and that of the cache. */
@Timeout(60)
class CloseTest {

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
  void aCloseWritesSyncsAndDropsWhatIsDirty() throws Exception {
    rig.write(PAGE, 10, 'w');
    rig.file.close();
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(rig.stores.count(Call.CLOSE)).isEqualTo(1);
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
    rig.file.close();
    rig.file.close(SHORT);
    assertThat(rig.stores.count(Call.CLOSE)).isEqualTo(1);
    try (CachedFile again = rig.cache.open(rig.path, OpenMode.WRITE)) {
      assertThat(Rig.read(again, PAGE, 10)).containsOnly('w');
    }
  }

  @Test
  void aCloseTellsHoldersWhatItIsFor() throws Exception {
    AtomicReference<UnmapOperation> told = new AtomicReference<>();
    rig.file.pinLongterm(
        0,
        PAGE,
        Access.WRITE,
        HOLDER,
        (revoked, revocation) -> {
          told.set(revocation.operation());
          revoked.putByte(0, (byte) 'p');
          revoked.release();
        });
    rig.file.close(Rig.LONG);
    assertThat(told).hasValue(UnmapOperation.CLOSE);
    assertThat(rig.diskLetter(0)).isEqualTo('p');
  }

  /** A close without a deadline waits a short documented time, then disconnects (I1, I2). */
  @Test
  void aCloseDisconnectsWhoeverHoldsOn() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    Pin shortPin = rig.file.pin(PAGE, PAGE, Access.WRITE);
    MemorySegment memory = pin.unsafeSegment(0);
    pin.putByte(0, (byte) 'p');
    assertThat(pin.complete()).isTrue();
    long start = System.nanoTime();
    rig.file.close();
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(PageCaches.CLOSE_WAIT.toNanos());
    assertThat(rig.diskLetter(0)).as("completed before").isEqualTo('p');
    assertThat(rig.cache.stats().disconnectedFrames()).isEqualTo(2);
    assertThat(rig.cache.stats().leakedFrames()).isZero();
    assertThat(rig.cache.holders()).hasSize(1);
    Rig.dma(memory, 1, 'l');
    assertThat(pin.complete()).isFalse();
    shortPin.close();
    try (CachedFile again = rig.cache.open(rig.path, OpenMode.WRITE)) {
      assertThat(Rig.read(again, 0, 2)).containsExactly('p', 'A');
      assertThat(pin.release()).isFalse();
    }
    assertThat(rig.cache.stats().disconnectedFrames()).isZero();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
  }

  /** I1: what a device never let go of is leaked and reported, and stays mapped. */
  @Test
  void memoryThatIsLeakedStaysAccessibleAfterTheCacheIsClosed() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(1);
    rig.write(2 * PAGE, 10, 'w');
    rig.cache.close();
    assertThat(rig.diskLetter(2 * PAGE)).isEqualTo('w');
    assertThat(rig.cache.stats().leakedFrames()).isEqualTo(2);
    assertThat(rig.cache.holders()).hasSize(1);
    for (int i = 0; i < PAGE; i++) {
      Rig.dma(memory, i, 'd');
    }
    assertThat(Rig.dmaRead(memory, PAGE - 1)).isEqualTo('d');
    pin.putByte(0, (byte) 'd');
    assertThat(rig.disk()).doesNotContain('d');
    assertThatThrownBy(pin::close).isInstanceOf(DisconnectedException.class);
    rig.cache.close();
  }

  @Test
  void aCloseOfTheCacheWithADeadlineLeavesItOpenWhenItFails() throws Exception {
    CachedFile other = rig.open("other", 1, 'o');
    Rig.write(other, 0, 1, 'w');
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    assertThatThrownBy(() -> rig.cache.close(SHORT))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("client");
    rig.write(0, 1, 'w');
    rig.file.force();
    try (CachedFile more = rig.cache.open(dir.resolve("more"), OpenMode.CREATE)) {
      Rig.write(more, 0, 1, 'm');
    }
    assertThat(pin.release()).isTrue();
    rig.cache.close(Rig.LONG);
    assertThatThrownBy(() -> rig.cache.open(rig.path, OpenMode.READ))
        .isInstanceOf(FileClosedException.class);
    rig.cache.close(SHORT);
  }

  /** It ends, and the pages are dropped, but it says what was lost. */
  @Test
  void aCloseEndsThoughDirtyPagesCannotBeWritten() throws Exception {
    rig.write(0, 10, 'w');
    rig.stores.failAlways(Call.WRITE, StoreException.Kind.NO_SPACE);
    assertThatThrownBy(rig.file::close)
        .isInstanceOf(LongpinException.class)
        .hasMessageContaining("as the test demands");
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileClosedException.class);
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
    rig.stores.heal();
    try (CachedFile again = rig.cache.open(rig.path, OpenMode.WRITE)) {
      assertThat(Rig.read(again, 0, 1)).containsExactly('A');
    }
  }

  @Test
  void aCloseWithADeadlineThatCannotWriteChangesNothing() throws Exception {
    rig.write(0, 10, 'w');
    rig.stores.failNext(Call.WRITE);
    Rig.assertFails(StoreException.Kind.IO, () -> rig.file.close(Rig.LONG));
    assertThat(rig.letter(0)).isEqualTo('w');
    rig.file.close(Rig.LONG);
    assertThat(rig.diskLetter(0)).isEqualTo('w');
  }

  @Test
  void aCloseOfTheCacheClosesEveryFileThoughOneCannotBeWritten() throws Exception {
    CachedFile other = rig.open("other", 1, 'o');
    rig.write(0, 1, 'w');
    Rig.write(other, 0, 1, 'w');
    rig.stores.failNext(Call.WRITE);
    assertThatThrownBy(rig.cache::close).isInstanceOf(LongpinException.class);
    assertThat(rig.stores.count(Call.WRITE)).isEqualTo(1);
    assertThat(rig.stores.count(Call.CLOSE)).isEqualTo(2);
    assertThatThrownBy(() -> Rig.read(other, 0, 1)).isInstanceOf(FileClosedException.class);
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileClosedException.class);
  }

  /** An operation under way ends first; one that begins meanwhile is refused. */
  @Test
  void aCloseWaitsForOperationsThatAreUnderWay() throws Exception {
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    Later<Void> close = Later.run(() -> rig.file.close()).awaitWaiting();
    assertThatThrownBy(() -> rig.letter(PAGE)).isInstanceOf(FileClosedException.class);
    assertThat(close.isDone()).isFalse();
    stop.letGo();
    force.get();
    close.get();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
  }

  /** I1: a write that the store never ends has its memory for as long as it may land. */
  @Test
  void aWriteThatHangsKeepsItsMemoryThoughTheCacheIsClosed() throws Exception {
    rig.close();
    rig = Rig.of(dir, 4 * PAGE, config -> config.withDeadline(SHORT));
    rig.write(0, PAGE, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(() -> rig.file.force(0, Long.MAX_VALUE, Rig.LONG));
    stop.awaitReached();
    assertThatThrownBy(rig.cache::close).isInstanceOf(DeadlineExceededException.class);
    assertThat(rig.cache.stats().leakedFrames()).isEqualTo(1);
    stop.letGo();
    force.failure(Exception.class);
    assertThat(rig.stores.violations()).isEmpty();
  }

  @Test
  void aCloseWithADeadlineFailsWhileAnOperationIsUnderWay() throws Exception {
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.SYNC);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    assertThatThrownBy(() -> rig.file.close(SHORT)).isInstanceOf(DeadlineExceededException.class);
    assertThat(rig.letter(0)).isEqualTo('w');
    stop.letGo();
    force.get();
  }

  @Test
  void anInterruptShortensACloseThatWaitsAndIsKept() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, OTHER);
    rig.write(PAGE, 10, 'w');
    Later<Boolean> close =
        Later.call(() -> {
          rig.file.close();
          return Thread.currentThread().isInterrupted();
        });
    close.awaitWaiting().interrupt();
    assertThat(close.get()).isTrue();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    assertThat(pin.release()).isFalse();
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileClosedException.class);
  }

  /** Pins outlive an instance that is not the last. */
  @Test
  void pinsTakenThroughAnInstanceThatIsClosedStay() throws Exception {
    CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
    LongtermPin pin = second.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    second.close();
    pin.putByte(0, (byte) 'p');
    assertThat(pin.complete()).isTrue();
    assertThat(rig.letter(0)).isEqualTo('p');
    assertThat(rig.file.holders()).hasSize(1);
    assertThat(pin.release()).isTrue();
    rig.assertFree();
  }
}
