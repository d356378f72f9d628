package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import dev.longpin.spi.AsyncStores;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Reads that go on by themselves: nobody has to wait for them, and nothing overtakes them. */
@Timeout(60)
class AsyncReadTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.async(dir, 8 * PAGE, config -> config);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private void reopen(int sizeBytes, UnaryOperator<CacheConfig> change) throws Exception {
    rig.close();
    rig = Rig.async(dir, sizeBytes, change);
  }

  @Test
  void aReadOfSeveralPagesReadsThemAllAtOnce() throws Exception {
    Stop first = rig.stores.stopNext(Call.READ);
    Later<byte[]> read = Later.call(() -> Rig.read(rig.file, 0, 4 * PAGE));
    first.awaitReached();
    Later.await(() -> rig.stores.count(Call.READ) == 3);
    assertThat(read.isDone()).isFalse();
    first.letGo();
    assertThat(read.get()).isEqualTo(Rig.letters(4 * PAGE, PAGE));
    assertThat(rig.stores.count(Call.READ)).isEqualTo(4);
  }

  @Test
  void whatWasPrefetchedIsThere() throws Exception {
    rig.file.prefetch(PAGE, 3 * PAGE);
    Later.await(() -> rig.stores.count(Call.READ) == 3);
    rig.stores.failAlways(Call.READ, StoreException.Kind.IO);
    assertThat(Rig.read(rig.file, PAGE, 3 * PAGE)).containsOnly('B', 'C', 'D');
    rig.stores.heal();
    assertThat(rig.letter(0)).isEqualTo('A');
    assertThat(rig.stores.count(Call.READ)).isEqualTo(4);
    assertThat(rig.cache.stats().misses()).isEqualTo(4);
  }

  @Test
  void aPrefetchNeverFillsTheCache() throws Exception {
    rig.file.prefetch(0, 8 * PAGE);
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES - Rig.FRAMES / 4);
    Later.await(() -> rig.stores.count(Call.READ) == Rig.FRAMES / 4);
    rig.assertFree();
  }

  @Test
  void aPrefetchBeyondTheEndIsLeftOut() throws Exception {
    rig.file.prefetch(7 * PAGE + 1, 100 * PAGE);
    rig.file.prefetch(8 * PAGE, 1);
    rig.file.prefetch(Long.MAX_VALUE - 1, 1);
    rig.file.prefetch(0, 0);
    Later.await(() -> rig.stores.count(Call.READ) == 1);
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES - 1);
    assertThatThrownBy(() -> rig.file.prefetch(-1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.prefetch(1, -1)).isInstanceOf(IllegalArgumentException.class);
    CachedFile file = rig.file;
    file.close();
    assertThatThrownBy(() -> file.prefetch(0, 1)).isInstanceOf(FileClosedException.class);
    rig.cache.open(rig.path, OpenMode.WRITE).close();
  }

  @Test
  void anErrorIsReportedByTheReadThatComesThere() throws Exception {
    rig.stores.failNext(Call.READ, 3, StoreException.Kind.IO);
    rig.file.prefetch(0, 1);
    Later.await(() -> rig.stores.failures() == 1);
    // The prefetch has failed once; a read tries by itself once more, and then says so.
    Rig.assertFails(StoreException.Kind.IO, () -> rig.letter(0));
    assertThat(rig.letter(0)).isEqualTo('A');
    rig.assertFree();
  }

  /** I5, and the page stays the store's for as long as it reads (H19). */
  @Test
  void aDeadlineEndsTheWaitForAStoreThatHangs() throws Exception {
    reopen(8 * PAGE, config -> config.withDeadline(SHORT));
    Stop stop = rig.stores.stopNext(Call.READ);
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(DeadlineExceededException.class);
    stop.awaitReached();
    assertThatThrownBy(() -> rig.file.pin(0, 1, Access.READ))
        .isInstanceOf(DeadlineExceededException.class);
    assertThatThrownBy(() -> rig.write(0, 10, 'w')).isInstanceOf(DeadlineExceededException.class);
    assertThatThrownBy(() -> rig.file.truncate(0)).isInstanceOf(DeadlineExceededException.class);
    assertThatThrownBy(() -> rig.file.evict(0, PAGE, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(rig.letter(PAGE)).isEqualTo('B'); // others go on
    stop.letGo();
    Later.await(() -> rig.stores.count(Call.READ) == 2);
    assertThat(rig.letter(0)).isEqualTo('A');
    assertThat(rig.file.truncate(PAGE).disconnected()).isEmpty();
    rig.assertFree();
  }

  @Test
  void anInterruptEndsTheWaitForAStoreThatHangs() throws Exception {
    Stop stop = rig.stores.stopNext(Call.READ);
    Later<Pin> pin = Later.call(() -> rig.file.pin(0, 1, Access.READ));
    stop.awaitReached();
    pin.interrupt();
    pin.failure(WaitInterruptedException.class);
    stop.letGo();
    assertThat(rig.letter(0)).isEqualTo('A');
    rig.assertFree();
  }

  /** H19: a read that lands in a frame after the cut would land in another page. */
  @Test
  void aCutWaitsForAReadInFlight() throws Exception {
    Stop stop = rig.stores.stopNext(Call.READ);
    rig.file.prefetch(4 * PAGE, 1);
    stop.awaitReached();
    Later<Void> cut = Later.run(() -> rig.file.truncate(PAGE)).awaitWaiting();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES - 1);
    rig.file.prefetch(PAGE, PAGE); // going: left out
    stop.letGo();
    cut.get();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
    assertThat(rig.stores.count(Call.READ)).isEqualTo(1);
  }

  /** I10: the read brings what the file had; what it has grown by is zeros. */
  @Test
  void aFileThatGrowsWaitsForTheReadOfItsTail() throws Exception {
    reopen(PAGE + 100, config -> config);
    Stop stop = rig.stores.stopNext(Call.READ);
    rig.file.prefetch(PAGE, 1);
    stop.awaitReached();
    Later<Void> growth = Later.run(() -> rig.write(2 * PAGE, 1, 'w')).awaitWaiting();
    stop.letGo();
    growth.get();
    byte[] tail = Rig.read(rig.file, PAGE, PAGE);
    assertThat(Arrays.copyOf(tail, 100)).containsOnly('B');
    assertThat(Arrays.copyOfRange(tail, 100, PAGE)).containsOnly(0);
  }

  /** I10: not what the frame had before. */
  @Test
  void whatIsBehindTheEndIsZeros() throws Exception {
    reopen(PAGE + 100, config -> config);
    CachedFile other = rig.open("other", Rig.FRAMES, 'x');
    assertThat(Rig.read(other, 0, Rig.FRAMES * PAGE)).containsOnly('x');
    other.evict();
    rig.file.prefetch(PAGE, 1);
    try (Pin pin = rig.file.pin(PAGE, 1, Access.READ)) {
      MemorySegment page = Rig.wholePage(pin);
      assertThat(page.get(ValueLayout.JAVA_BYTE, 99)).isEqualTo((byte) 'B');
      assertThat(page.asSlice(100).mismatch(MemorySegment.ofArray(new byte[PAGE - 100])))
          .isEqualTo(-1);
    }
    rig.assertFreeBut(other);
  }

  /** I1: the frame stays the store's until it answers, though the file is long gone. */
  @Test
  void aCloseLeavesTheFrameToTheReadInFlight() throws Exception {
    Stop stop = rig.stores.stopNext(Call.READ);
    rig.file.prefetch(0, 1);
    stop.awaitReached();
    assertThatThrownBy(rig.cache::close).isInstanceOf(DeadlineExceededException.class);
    assertThat(rig.cache.stats().leakedFrames()).isEqualTo(1);
    stop.letGo();
    Later.await(() -> rig.cache.stats().leakedFrames() == 0);
  }

  /** A store that is asynchronous over the rig's, in a cache of its own. */
  private final class Own implements AutoCloseable {
    final AsyncStores stores = new AsyncStores(rig.stores);
    final PageCache cache =
        PageCaches.create(Rig.config(PAGE).withDeadline(Duration.ofSeconds(2)), stores);
    final CachedFile file;

    Own(OpenMode mode) throws Exception {
      Path path = dir.resolve("own");
      Files.write(path, Rig.letters(4 * PAGE, PAGE));
      file = cache.open(path, mode);
    }

    @Override
    public void close() throws LongpinException {
      cache.close();
      assertThat(cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
    }
  }

  @Test
  void aReadThatCannotStartLeavesThePageFree() throws Exception {
    try (Own own = new Own(OpenMode.WRITE)) {
      own.stores.setRoom(-1);
      assertThatThrownBy(() -> Rig.read(own.file, 0, 1)).isInstanceOf(FileClosedException.class);
      assertThat(Rig.read(own.file, 0, 1)).containsExactly('A');
      own.file.truncate(0);
    }
  }

  /** I5: the wait for room has the caller's deadline, and a prefetch does not wait at all. */
  @Test
  void noRoomForAnotherRead() throws Exception {
    try (Own own = new Own(OpenMode.WRITE)) {
      own.stores.setRoom(0);
      own.file.prefetch(0, 4 * PAGE);
      assertThatThrownBy(() -> Rig.read(own.file, 0, 1))
          .isInstanceOf(DeadlineExceededException.class);
      Later<byte[]> read = Later.call(() -> Rig.read(own.file, 0, 1)).awaitWaiting();
      own.stores.setRoom(1);
      assertThat(read.get()).containsExactly('A');
      own.stores.setRoom(4);
      assertThat(Rig.read(own.file, 0, 4 * PAGE)).isEqualTo(Rig.letters(4 * PAGE, PAGE));
    }
  }

  /** The store is another by then. */
  @Test
  void aReadInFlightIsAwaitedThoughTheFileWasOpenedForWritingMeanwhile() throws Exception {
    try (Own own = new Own(OpenMode.READ)) {
      Stop stop = rig.stores.stopNext(Call.READ);
      own.file.prefetch(0, PAGE);
      stop.awaitReached();
      CachedFile writer = own.cache.open(own.file.path(), OpenMode.WRITE);
      Later<byte[]> read = Later.call(() -> Rig.read(writer, 0, 1)).awaitWaiting();
      stop.letGo();
      assertThat(read.get()).containsExactly('A');
    }
  }
}
