package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.NoFrameException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WritebackException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Event;
import dev.longpin.cache.FaultyStores.Stop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Cleaning in the background, and how writers are held back while too much is dirty. */
@Timeout(60)
class BackgroundWritebackTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** A flusher that comes by often. */
  private static CacheConfig busy(CacheConfig config) {
    return config.withBackgroundWriteback(true, Duration.ofMillis(5));
  }

  /** A flusher that comes when it is called. */
  private static CacheConfig lazy(CacheConfig config) {
    return config.withBackgroundWriteback(true, Duration.ofHours(1));
  }

  @Test
  void dirtyPagesAreWrittenAndSyncedWithoutAForce() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, BackgroundWritebackTest::busy);
    rig.write(PAGE, 2 * PAGE, 'w');
    Later.await(() -> rig.stores.count(Call.WRITE) == 2 && rig.stores.count(Call.SYNC) > 0);
    Later.await(() -> rig.stores.unsyncedWrites().isEmpty());
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    Later.await(() -> rig.cache.stats().dirtyPages() == 0);
    rig.assertFree();
  }

  /** A page that a force wrote is not written a second time. */
  @Test
  void whatIsCleanIsNotWrittenAgain() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, BackgroundWritebackTest::busy);
    CachedFile marker = rig.open("marker", 1, 'm');
    rig.write(0, 10, 'w');
    rig.file.force();
    int mark = rig.stores.mark();
    awaitRounds(marker, 3);
    assertThat(rig.stores.since(mark, Call.WRITE)).isEmpty();
    assertThat(rig.cache.stats().writebacks()).isEqualTo(1);
  }

  /**
   * Waits until the flusher has come by every file so many times: by its asking for a page of
   * another file, which is refused to it each time.
   */
  private static void awaitRounds(CachedFile marker, int rounds) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    marker.setWritebackGate((pageIndex, forced) -> {
      asked.incrementAndGet();
      return forced;
    });
    Rig.write(marker, 0, 1, 'n');
    Later.await(() -> asked.get() > rounds);
  }

  /** I8: it never gets clean, so only a force writes it. */
  @Test
  void aPageUnderALongtermWritePinIsLeftOut() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, BackgroundWritebackTest::busy);
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) 'p');
    rig.write(PAGE, 10, 'w');
    CachedFile marker = rig.open("marker", 1, 'm');
    awaitRounds(marker, 3);
    assertThat(rig.diskLetter(0)).isEqualTo('A');
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('p');
    pin.putByte(1, (byte) 'p');
    assertThat(pin.release()).isTrue();
    rig.awaitDisk(1, 'p');
  }

  /** A short pin ends by itself; meanwhile the page is copied. */
  @Test
  void aPageUnderAShortWritePinIsCopied() throws Exception {
    rig = Rig.of(dir, PAGE, BackgroundWritebackTest::busy);
    try (Pin pin = rig.file.pin(0, PAGE, Access.WRITE)) {
      pin.putByte(0, (byte) 'p');
      Later.await(() -> rig.cache.stats().bounces() > 0);
      assertThat(rig.diskLetter(0)).isEqualTo('p');
    }
  }

  /** I8: pages under long-term write pins are left out of dirty throttling. */
  @Test
  void pagesUnderLongtermWritePinsHoldNoWriterBack() throws Exception {
    rig =
        Rig.of(
            dir,
            16 * PAGE,
            config -> lazy(config).withDirtyLimits(2, 1).withDeadline(Duration.ofSeconds(5)));
    LongtermPin pin = rig.file.pinLongterm(0, 10 * PAGE, Access.WRITE, HOLDER);
    for (int page = 0; page < 10; page++) {
      pin.putByte((long) page * PAGE, (byte) 'p');
      rig.write(page * PAGE + 1, 1, 'w');
    }
    assertThat(rig.cache.stats().dirtyPages()).isZero();
    rig.write(12 * PAGE, 2 * PAGE, 'w');
    assertThat(pin.release()).isTrue();
    assertThat(rig.cache.stats().dirtyPages()).isPositive();
    rig.write(15 * PAGE, 1, 'w'); // waits for the flusher, which comes
    assertThat(rig.cache.stats().dirtyPages()).isLessThanOrEqualTo(3);
  }

  /** I5: a writer that is held back says how much it wrote. */
  @Test
  void aWriterThatIsHeldBackTooLongSaysHowFarItCame() throws Exception {
    rig =
        Rig.of(
            dir,
            16 * PAGE,
            config -> lazy(config).withDirtyLimits(4, 2).withDeadline(Duration.ofMillis(300)));
    Stop stop = rig.stores.stopNext(Call.WRITE);
    assertThatThrownBy(() -> rig.write(0, 10 * PAGE, 'w'))
        .isInstanceOfSatisfying(
            DeadlineExceededException.class,
            e -> assertThat(e.bytesDone()).isBetween(5L * PAGE, 6L * PAGE));
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).containsOnly('w');
    assertThat(rig.letter(6 * PAGE)).isEqualTo('G');
    stop.letGo();
    Later.await(() -> rig.cache.stats().dirtyPages() <= 4);
    rig.write(6 * PAGE, PAGE, 'w');
    rig.file.force(0, Long.MAX_VALUE, Rig.LONG);
    assertThat(rig.diskLetter(7 * PAGE - 1)).isEqualTo('w');
  }

  @Test
  void aWriterThatIsHeldBackGoesOnWhenPagesGetClean() throws Exception {
    rig = Rig.of(dir, 16 * PAGE, config -> lazy(config).withDirtyLimits(4, 2));
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> write = Later.run(() -> rig.write(0, 16 * PAGE, 'w'));
    stop.awaitReached();
    write.awaitWaiting();
    Rig.read(rig.file, 0, 16 * PAGE); // a reader is not held back
    assertThat(write.isDone()).isFalse();
    stop.letGo();
    write.get();
    rig.file.force();
    assertThat(rig.disk()).containsOnly('w');
  }

  /** I11: what would let it go on is not kept waiting by it. */
  @Test
  void aWriterThatIsHeldBackIsInTheWayOfNoTruncate() throws Exception {
    rig = Rig.of(dir, PAGE, config -> lazy(config).withDirtyLimits(4, 2));
    rig.file.setWritebackGate((page, forced) -> false);
    Later<Void> write = Later.run(() -> rig.write(0, 8 * PAGE, 'w'));
    Later.await(() -> rig.cache.stats().dirtyPages() == 5);
    write.awaitWaiting();
    rig.file.truncate(0, Unmapping.within(Duration.ofSeconds(5)));
    write.get();
    rig.file.setWritebackGate(null);
    rig.file.force();
    assertThat(rig.diskLetter(7 * PAGE)).isEqualTo('w');
    rig.assertFree();
  }

  @Test
  void aFileMayBeLeftOutOfIt() throws Exception {
    rig = Rig.of(dir, 16 * PAGE, config -> busy(config).withDirtyLimits(4, 2));
    CachedFile marker = rig.open("marker", 1, 'm');
    rig.file.setBackgroundWriteback(false);
    rig.write(0, 10 * PAGE, 'w'); // nobody cleans it, so nobody is held back
    awaitRounds(marker, 3);
    rig.file.force(5 * PAGE, 11 * PAGE, Rig.LONG);
    assertThat(rig.diskLetter(0)).isEqualTo('A');
    rig.file.setBackgroundWriteback(true);
    rig.awaitDisk(0, 'w');
  }

  private Rig ofTwoDirtyPages() throws Exception {
    return Rig.of(
        dir,
        16 * PAGE,
        config -> lazy(config).withDirtyLimits(2, 1).withDeadline(Duration.ofSeconds(5)));
  }

  /** Writers of other files wait until the flusher has seen that it can do nothing about it. */
  @Test
  void aFileLeftOutOfItHoldsNoWriterOfAnotherFileBack() throws Exception {
    rig = ofTwoDirtyPages();
    CachedFile other = rig.open("other", 4, 'o');
    rig.file.setBackgroundWriteback(false);
    rig.write(0, 8 * PAGE, 'w');
    for (int page = 0; page < 4; page++) {
      Rig.write(other, (long) page * PAGE, PAGE, 'n');
    }
    // They are held back for their own; a page is clean from when its write is about to begin.
    Later.await(() -> rig.stores.count(Call.WRITE) > 0);
    assertThat(rig.diskLetter(0)).isEqualTo('A');
  }

  /** Its own writers are: the gate may say yes at any time. */
  @Test
  void aGateThatSaysNoHoldsNoWriterOfAnotherFileBack() throws Exception {
    rig = ofTwoDirtyPages();
    CachedFile other = rig.open("other", 4, 'o');
    rig.file.setWritebackGate((pageIndex, forced) -> forced);
    rig.write(0, 3 * PAGE, 'w');
    Later<Void> own = Later.run(() -> rig.write(3 * PAGE, 1, 'w'));
    own.awaitWaiting();
    Rig.write(other, 0, 4 * PAGE, 'n');
    assertThat(own.isDone()).isFalse();
    rig.file.setWritebackGate(null);
    own.get();
  }

  @Test
  void aFileThatCannotBeWrittenHoldsNoWriterOfAnotherFileBack() throws Exception {
    rig = ofTwoDirtyPages();
    CachedFile other = rig.open("other", 4, 'o');
    rig.file.setBackgroundWriteback(false);
    rig.write(0, 8 * PAGE, 'w');
    rig.stores.failAlways(Call.WRITE, StoreException.Kind.IO);
    rig.file.setBackgroundWriteback(true);
    Rig.write(other, 0, PAGE, 'n');
    Rig.write(other, PAGE, PAGE, 'n');
    assertThat(rig.stores.failures()).isPositive();
    rig.stores.heal();
    Rig.write(other, 0, 4 * PAGE, 'n');
    assertThatThrownBy(rig.file::force).isInstanceOf(WritebackException.class);
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
  }

  @Test
  void withoutItNothingIsWrittenAndNobodyHeldBack() throws Exception {
    rig = Rig.of(dir, 32 * PAGE, config -> config.withDirtyLimits(2, 1).withDeadline(SHORT));
    rig.write(0, 16 * PAGE, 'w');
    assertThat(rig.stores.count(Call.WRITE)).isZero();
    // All frames are dirty, and only a force makes room.
    assertThatThrownBy(() -> rig.write(15 * PAGE, 2 * PAGE, 'w'))
        .isInstanceOfSatisfying(
            NoFrameException.class, e -> assertThat(e.bytesDone()).isEqualTo(PAGE));
    assertThatThrownBy(() -> rig.letter(20 * PAGE)).isInstanceOf(NoFrameException.class);
    Rig.assertRefused(Reason.NO_FRAME, () -> rig.file.pin(20 * PAGE, 1, Access.READ));
    assertThat(rig.file.size()).isEqualTo(32 * PAGE);
    assertThat(Rig.read(rig.file, 0, 16 * PAGE)).containsOnly('w');
    rig.file.force(0, PAGE, Rig.LONG);
    assertThat(rig.letter(20 * PAGE)).isEqualTo((char) ('A' + 20));
    rig.file.force(0, Long.MAX_VALUE, Rig.LONG);
    assertThat(rig.stores.events(Call.WRITE)).extracting(Event::lengthBytes).containsOnly(4096L);
    rig.assertFree();
  }

  /** A reader that needs a frame gets one as soon as the flusher has made a page clean. */
  @Test
  void whoWaitsForAFrameCallsTheFlusher() throws Exception {
    rig = Rig.of(dir, 32 * PAGE, BackgroundWritebackTest::lazy);
    rig.write(0, 16 * PAGE, 'w');
    assertThat(rig.letter(20 * PAGE)).isEqualTo((char) ('A' + 20));
    rig.write(16 * PAGE, 16 * PAGE, 'w');
    rig.file.force();
    assertThat(rig.disk()).containsOnly('w');
  }
}
