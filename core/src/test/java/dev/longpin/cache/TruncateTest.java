package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Truncate, and what others may do while it waits. */
@Timeout(60)
class TruncateTest {

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

  /** Starts a truncate that waits until {@code pin} ends. */
  private Later<UnmapResult> startTruncate(long sizeBytes, LongtermPin pin) {
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(sizeBytes));
    rig.awaitGoing(pin.offset());
    return truncate.awaitWaiting();
  }

  private LongtermPin hold(long offset) throws Exception {
    return rig.file.pinLongterm(offset, 1, Access.READ, HOLDER);
  }

  @Test
  void whatIsCutReadsAsZerosWhenTheFileGrowsAgain() throws Exception {
    rig.load(0, 4);
    rig.write(PAGE, 3 * PAGE, 'w');
    rig.file.truncate(PAGE + 10);
    assertThat(rig.file.size()).isEqualTo(PAGE + 10);
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).hasSize(PAGE + 10);
    assertThat(rig.file.read(MemorySegment.ofArray(new byte[1]), PAGE + 10)).isEqualTo(-1);
    rig.file.truncate(4 * PAGE);
    byte[] expected = Arrays.copyOf(Rig.letters(PAGE, PAGE), 4 * PAGE);
    Arrays.fill(expected, PAGE, PAGE + 10, (byte) 'w');
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(expected);
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(expected);
    rig.assertFree();
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(expected);
  }

  @Test
  void readsSeeTheOldDataWhileATruncateWaits() throws Exception {
    rig.load(3, 1);
    rig.write(3 * PAGE, 1, 'w');
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate = startTruncate(PAGE, pin);
    assertThat(rig.letter(3 * PAGE)).isEqualTo('w');
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    // Pages that are not in memory stay out of it: read past the cache, each time.
    int mark = rig.stores.mark();
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    assertThat(rig.stores.since(mark, Call.READ)).hasSize(2);
    byte[] all = Rig.letters(4 * PAGE, PAGE);
    all[3 * PAGE] = 'w';
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(all);
    pin.release();
    truncate.get();
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(Arrays.copyOf(all, PAGE));
    rig.assertFree();
  }

  @Test
  void aViewSeesTheOldDataWhileATruncateWaitsAndNothingAfterIt() throws Exception {
    View view = rig.file.view(PAGE, 3 * PAGE);
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate = startTruncate(PAGE + 8, pin);
    assertThat(view.getByte(2 * PAGE)).isEqualTo((byte) 'D'); // in memory
    assertThat(view.getByte(PAGE)).isEqualTo((byte) 'C'); // not in memory
    pin.release();
    truncate.get();
    assertThat(view.getByte(7)).isEqualTo((byte) 'B');
    for (long position : new long[] {8, PAGE, 2 * PAGE}) {
      assertThatThrownBy(() -> view.getByte(position)).isInstanceOf(PastEndException.class);
    }
    rig.file.truncate(4 * PAGE);
    assertThat(view.getLong(2 * PAGE)).isZero();
    view.close();
    rig.assertFree();
  }

  /** Memory of any kind may be read into, also past the cache. */
  @Test
  void readsPastTheCacheFillMemoryOfAnyKind() throws Exception {
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate = startTruncate(PAGE, pin);
    int[] numbers = new int[PAGE / 4];
    try {
      assertThat(rig.file.read(MemorySegment.ofArray(numbers), PAGE)).isEqualTo(PAGE);
    } finally {
      pin.release();
      truncate.get();
    }
    assertThat(numbers).containsOnly(0x42424242);
  }

  @Test
  void writesWaitForATruncateAndThenExtendTheFile() throws Exception {
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate = startTruncate(PAGE, pin);
    Later<Void> write = Later.run(() -> rig.write(2 * PAGE, 10, 'w')).awaitWaiting();
    Later<Long> append =
        Later.call(() -> rig.file.append(MemorySegment.ofArray(new byte[] {'a', 'a'})))
            .awaitWaiting();
    rig.write(10, 1, 'v'); // where nothing goes
    assertThat(write.isDone() || append.isDone()).isFalse();
    pin.release();
    truncate.get();
    write.get();
    long appended = append.get();
    assertThat(appended).isIn((long) PAGE, 2L * PAGE + 10);
    byte[] expected = new byte[appended == PAGE ? 2 * PAGE + 10 : 2 * PAGE + 12];
    Arrays.fill(expected, 0, PAGE, (byte) 'A');
    expected[10] = 'v';
    Arrays.fill(expected, 2 * PAGE, 2 * PAGE + 10, (byte) 'w');
    Arrays.fill(expected, (int) appended, (int) appended + 2, (byte) 'a');
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(expected);
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(expected);
    rig.assertFree();
  }

  /** I5: a write says how much it did before its deadline. */
  @Test
  void aWriteThatMeetsItsDeadlineSaysHowFarItCame() throws Exception {
    rig.close();
    rig = Rig.of(dir, 4 * PAGE, config -> config.withDeadline(SHORT));
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate =
        Later.call(() -> rig.file.truncate(2 * PAGE, Unmapping.within(Rig.LONG)));
    rig.awaitGoing(3 * PAGE);
    assertThatThrownBy(() -> rig.write(10, 3 * PAGE, 'w'))
        .isInstanceOfSatisfying(
            DeadlineExceededException.class,
            e -> assertThat(e.bytesDone()).isEqualTo(2 * PAGE - 10));
    assertThat(Rig.read(rig.file, 10, 2 * PAGE - 10)).containsOnly('w');
    assertThat(rig.letter(2 * PAGE)).isEqualTo('C');
    assertThatThrownBy(() -> rig.file.append(MemorySegment.ofArray(new byte[1])))
        .isInstanceOf(DeadlineExceededException.class);
    pin.release();
    truncate.get();
    assertThat(rig.file.size()).isEqualTo(2 * PAGE);
    rig.assertFree();
  }

  @Test
  void forceStillWritesThePagesThatAreGoing() throws Exception {
    rig.write(2 * PAGE, 2 * PAGE, 'w');
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> truncate = startTruncate(PAGE, pin);
    rig.file.force();
    assertThat(rig.diskLetter(2 * PAGE)).isEqualTo('w');
    assertThat(rig.diskLetter(4 * PAGE - 1)).isEqualTo('w');
    pin.release();
    truncate.get();
    assertThat(rig.disk()).isEqualTo(Rig.letters(PAGE, PAGE));
    rig.assertFree();
  }

  @Test
  void aSecondTruncateQueuesBehindTheFirst() throws Exception {
    LongtermPin pin = hold(3 * PAGE);
    Later<UnmapResult> first = startTruncate(2 * PAGE, pin);
    Later<UnmapResult> second = Later.call(() -> rig.file.truncate(PAGE)).awaitWaiting();
    Later<UnmapResult> evict = Later.call(rig.file::evict).awaitWaiting();
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    rig.file.punchHole(0, 10); // where nothing goes
    assertThat(first.isDone() || second.isDone() || evict.isDone()).isFalse();
    pin.release();
    first.get();
    second.get();
    evict.get();
    assertThat(rig.file.size()).isEqualTo(PAGE);
    assertThat(rig.stores.events(Call.TRUNCATE))
        .extracting(FaultyStores.Event::offset)
        .containsExactly(2L * PAGE, (long) PAGE);
    rig.assertFree();
  }

  @Test
  void shortPinsAreAwaited() throws Exception {
    Pin pin = rig.file.pin(3 * PAGE, 10, Access.WRITE);
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(3 * PAGE + 5));
    rig.awaitGoing(3 * PAGE);
    truncate.awaitWaiting();
    pin.putByte(0, (byte) 'p');
    pin.putByte(9, (byte) 'p');
    pin.close();
    truncate.get();
    rig.file.truncate(4 * PAGE);
    assertThat(rig.letter(3 * PAGE)).isEqualTo('p');
    assertThat((int) rig.letter(3 * PAGE + 9)).isZero();
    rig.assertFree();
  }

  @Test
  void aTruncateThatFailsInTheStoreChangesNothing() throws Exception {
    rig.write(2 * PAGE, 10, 'w');
    byte[] before = Rig.read(rig.file, 0, 4 * PAGE);
    rig.stores.failNext(Call.TRUNCATE);
    Rig.assertFails(StoreException.Kind.IO, () -> rig.file.truncate(PAGE + 10));
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).isEqualTo(before);
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(before);
    rig.file.pin(0, 4 * PAGE, Access.WRITE).close();
    rig.assertFree();
  }

  @Test
  void aTruncateThatFailsHalfWaySaysThatItIsIndeterminate() throws Exception {
    rig.write(0, 4 * PAGE, 'w');
    rig.stores.failNextAfterwards(Call.TRUNCATE);
    assertThatThrownBy(() -> rig.file.truncate(PAGE + 10))
        .isInstanceOf(IndeterminateException.class)
        .hasCauseInstanceOf(StoreException.class);
    assertThat(rig.file.size()).isEqualTo(PAGE + 10);
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).hasSize(PAGE + 10).containsOnly('w');
    rig.file.force();
    assertThat(rig.disk()).hasSize(PAGE + 10).containsOnly('w');
    rig.assertFree();
  }

  @Test
  void anExtensionThatFailsInTheStoreChangesNothing() throws Exception {
    rig.file.truncate(PAGE + 10);
    rig.stores.failNext(Call.TRUNCATE, 2, StoreException.Kind.TOO_LARGE);
    Rig.assertFails(StoreException.Kind.TOO_LARGE, () -> rig.file.truncate(3 * PAGE));
    Rig.assertFails(StoreException.Kind.TOO_LARGE, () -> rig.write(3 * PAGE, 1, 'w'));
    assertThat(rig.file.size()).isEqualTo(PAGE + 10);
    rig.assertFree();
    assertThat(Files.size(rig.path)).isEqualTo(PAGE + 10);
  }

  @Test
  void theWholeFileMayBeCutManyTimes() throws Exception {
    CachedFile file = rig.file;
    for (int i = 0; i < 50; i++) {
      assertThat(file.append(MemorySegment.ofArray(new byte[] {1, 2, 3})))
          .isEqualTo(i == 0 ? 4 * PAGE : 0);
      file.truncate(0);
      assertThat(file.size()).isZero();
    }
    file.append(MemorySegment.ofArray(new byte[] {7}));
    assertThat(Rig.read(file, 0, 2)).containsExactly(7);
    rig.assertFree();
  }
}
