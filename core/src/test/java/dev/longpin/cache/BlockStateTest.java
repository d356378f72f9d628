package dev.longpin.cache;

import static dev.longpin.cache.Rig.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.NoFrameException;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Event;
import dev.longpin.spi.Store.Feature;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * I7, and the state of blocks within a page: space is reserved where a lack of it can be told, and
 * a small write to a large page reads and writes its own blocks. The stores see to it that no block
 * is written that was not reserved.
 */
@Timeout(60)
class BlockStateTest {

  private static final int BLOCK = 4096;
  private static final int LARGE = 2 << 20;

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private List<Long> ranges(int mark, Call call) {
    return rig.stores.since(mark, call).stream()
        .flatMap(event -> List.of(event.offset(), event.end()).stream())
        .toList();
  }

  @Test
  void aWriteFailsAtOnceWhenTheDiskIsFull() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.file.truncate(8 * BLOCK);
    rig.stores.failAlways(Call.RESERVE, StoreException.Kind.NO_SPACE);
    assertFails(StoreException.Kind.NO_SPACE, () -> rig.write(4 * BLOCK, 100, 'w'));
    assertFails(StoreException.Kind.NO_SPACE, () -> rig.write(8 * BLOCK - 10, 100, 'w'));
    assertFails(
        StoreException.Kind.NO_SPACE,
        () -> rig.file.append(MemorySegment.ofArray(new byte[BLOCK])));
    assertThat(rig.file.size()).isEqualTo(8 * BLOCK);
    assertThat(Rig.read(rig.file, 2 * BLOCK, 6 * BLOCK)).containsOnly(0);
    rig.file.force();
    assertThat(rig.stores.count(Call.WRITE)).as("nothing was dirty").isZero();
    rig.stores.heal();
    rig.write(4 * BLOCK, 100, 'w');
    assertThat(rig.letter(4 * BLOCK + 99)).isEqualTo('w');
    rig.assertFree();
    assertThat(Files.size(rig.path)).isEqualTo(8 * BLOCK);
  }

  /** No byte was done, so the file is as it was. */
  @Test
  void aWriteFarBeyondTheEndThatFindsNoSpaceLeavesTheSize() throws Exception {
    rig = Rig.ofPages(dir, 2);
    rig.stores.failAlways(Call.RESERVE, StoreException.Kind.NO_SPACE);
    assertFails(StoreException.Kind.NO_SPACE, () -> rig.write(5 * BLOCK, 10, 'w'));
    assertThat(rig.file.size()).isEqualTo(2 * BLOCK);
    assertThat(Files.size(rig.path)).isEqualTo(2 * BLOCK);
  }

  /** It did what it could, and says how much. */
  @Test
  void aWriteThatRunsOutOfSpaceSaysHowFarItCame() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.write(0, 2 * BLOCK, 'v'); // these have their space
    rig.stores.failAlways(Call.RESERVE, StoreException.Kind.NO_SPACE);
    StoreException failure = null;
    try {
      rig.write(10, 3 * BLOCK, 'w');
    } catch (StoreException e) {
      failure = e;
    }
    assertThat(failure).isNotNull();
    assertThat(failure.bytesDone()).isEqualTo(2 * BLOCK - 10);
    assertThat(Rig.read(rig.file, 10, 2 * BLOCK - 10)).containsOnly('w');
    assertThat(rig.letter(2 * BLOCK)).isEqualTo('C');
    rig.file.force();
    assertThat(rig.diskLetter(2 * BLOCK - 1)).isEqualTo('w');
  }

  @Test
  void spaceIsReservedOnceForWhatIsWritten() throws Exception {
    rig = Rig.ofPageSize(dir, LARGE, 2 * LARGE);
    rig.write(LARGE + 5 * BLOCK + 10, 100, 'w');
    rig.write(LARGE + 5 * BLOCK + 50, 100, 'w');
    rig.write(LARGE + 5 * BLOCK - 10, 20, 'w');
    assertThat(ranges(0, Call.RESERVE))
        .containsExactly(
            LARGE + 5L * BLOCK, LARGE + 6L * BLOCK, LARGE + 4L * BLOCK, LARGE + 5L * BLOCK);
    rig.file.force();
    int mark = rig.stores.mark();
    rig.write(LARGE + 5 * BLOCK, 10, 'w');
    assertThat(rig.stores.since(mark, Call.RESERVE)).isEmpty();
    // A hole is reserved anew.
    rig.file.punchHole(LARGE + 5 * BLOCK, BLOCK);
    rig.write(LARGE + 5 * BLOCK, 10, 'w');
    assertThat(rig.stores.since(mark, Call.RESERVE)).hasSize(1);
    rig.assertFree();
  }

  /** The smallest page has one block; 64 KiB and 2 MiB have 16 and 512. */
  @ParameterizedTest
  @ValueSource(ints = {BLOCK, 64 << 10, LARGE})
  void aSmallWriteReadsAndWritesItsOwnBlocks(int pageSize) throws Exception {
    rig = Rig.ofPageSize(dir, pageSize, 2 * pageSize);
    long offset = 2L * pageSize - BLOCK + 50;
    rig.write(offset, 100, 'w');
    rig.file.force();
    assertThat(ranges(0, Call.READ)).containsExactly(offset - 50, offset - 50 + BLOCK);
    assertThat(ranges(0, Call.RESERVE)).containsExactly(offset - 50, offset - 50 + BLOCK);
    assertThat(ranges(0, Call.WRITE)).containsExactly(offset - 50, offset - 50 + BLOCK);
    byte[] expected = Rig.letters(2 * pageSize, pageSize);
    Arrays.fill(expected, (int) offset, (int) offset + 100, (byte) 'w');
    assertThat(rig.disk()).isEqualTo(expected);
    assertThat(Rig.read(rig.file, 0, 2 * pageSize)).isEqualTo(expected);
    rig.assertFree();
  }

  @Test
  void aWriteOfWholeBlocksReadsNothing() throws Exception {
    rig = Rig.ofPageSize(dir, LARGE, LARGE);
    rig.write(3 * BLOCK, 2 * BLOCK, 'w');
    rig.write(7 * BLOCK, BLOCK, 'w');
    assertThat(rig.stores.count(Call.READ)).isZero();
    rig.file.force();
    assertThat(ranges(0, Call.WRITE))
        .containsExactly(3L * BLOCK, 5L * BLOCK, 7L * BLOCK, 8L * BLOCK);
    assertThat(rig.letter(5 * BLOCK)).isEqualTo('A');
    int mark = rig.stores.mark();
    rig.write(4 * BLOCK + 100, 2 * BLOCK - 200, 'v'); // both ends are up to date
    assertThat(ranges(mark, Call.READ)).isEmpty();
    assertThat(Rig.read(rig.file, 0, LARGE)).hasSize(LARGE);
    assertThat(ranges(mark, Call.READ))
        .containsExactly(0L, 3L * BLOCK, 6L * BLOCK, 7L * BLOCK, 8L * BLOCK, (long) LARGE);
  }

  /** The write straddles blocks: what lies between its ends is not read. */
  @Test
  void aWriteOfManyBlocksReadsThoseThatItCoversInPart() throws Exception {
    rig = Rig.ofPageSize(dir, LARGE, LARGE);
    rig.write(3 * BLOCK + 10, 100 * BLOCK, 'w');
    assertThat(ranges(0, Call.READ))
        .containsExactly(3L * BLOCK, 4L * BLOCK, 103L * BLOCK, 104L * BLOCK);
    rig.file.force();
    assertThat(ranges(0, Call.WRITE)).containsExactly(3L * BLOCK, 104L * BLOCK);
    assertThat(rig.diskLetter(3 * BLOCK + 9)).isEqualTo('A');
    assertThat(rig.diskLetter(3 * BLOCK + 10)).isEqualTo('w');
    assertThat(rig.diskLetter(103 * BLOCK + 9)).isEqualTo('w');
    assertThat(rig.diskLetter(103 * BLOCK + 10)).isEqualTo('A');
  }

  /** A device may write anywhere in the page, so all of it counts as dirty. */
  @Test
  void aWritePinReservesReadsAndWritesTheWholePage() throws Exception {
    rig = Rig.ofPageSize(dir, LARGE, LARGE + 100);
    try (Pin pin = rig.file.pin(LARGE - 10, 20, Access.WRITE)) {
      pin.putByte(0, (byte) 'p');
      pin.putByte(19, (byte) 'p');
    }
    rig.file.force();
    assertThat(ranges(0, Call.RESERVE).getFirst()).isZero();
    assertThat(ranges(0, Call.RESERVE).getLast()).isEqualTo(LARGE + BLOCK);
    assertThat(ranges(0, Call.WRITE)).containsExactly(0L, (long) LARGE, (long) LARGE, LARGE + 100L);
    assertThat(Files.size(rig.path)).isEqualTo(LARGE + 100);
    rig.assertFree();
  }

  /** I7: a block that was punched stays a hole, though a device had written the page. */
  @Test
  void aPunchedBlockOfADirtyPageIsNotWritten() throws Exception {
    rig = Rig.ofPageSize(dir, 64 << 10, 64 << 10);
    rig.file.pin(0, 64 << 10, Access.WRITE).close();
    rig.file.punchHole(4 * BLOCK, 2 * BLOCK);
    rig.file.force();
    assertThat(ranges(0, Call.WRITE)).containsExactly(0L, 4L * BLOCK, 6L * BLOCK, 16L * BLOCK);
    assertThat(Rig.read(rig.file, 4 * BLOCK, 2 * BLOCK)).containsOnly(0);
    rig.assertFree();
  }

  /** I3, I7: the page was ready for a device to write to, and is not where it was punched. */
  @Test
  void aWritePinOfAPunchedBlockReservesItsSpaceAgain() throws Exception {
    rig = Rig.ofPageSize(dir, 64 << 10, 64 << 10);
    rig.file.pin(0, 64 << 10, Access.WRITE).close();
    rig.file.punchHole(4 * BLOCK, 2 * BLOCK);
    int mark = rig.stores.mark();
    try (Pin pin = rig.file.pin(4 * BLOCK, BLOCK, Access.WRITE)) {
      assertThat(ranges(mark, Call.RESERVE)).containsExactly(4L * BLOCK, 6L * BLOCK);
      pin.putByte(0, (byte) 'p');
    }
    rig.file.force();
    assertThat(rig.diskLetter(4 * BLOCK)).isEqualTo('p');
    rig.assertFree();
  }

  @Test
  void preallocateReservesAndKeepsTheSize() throws Exception {
    rig = Rig.ofPages(dir, 1);
    rig.file.preallocate(BLOCK, 10 * BLOCK);
    assertThat(ranges(0, Call.RESERVE)).containsExactly((long) BLOCK, 11L * BLOCK);
    assertThat(rig.file.size()).isEqualTo(BLOCK);
    rig.file.preallocate(0, 0);
    rig.stores.failNext(Call.RESERVE, 1, StoreException.Kind.NO_SPACE);
    assertFails(StoreException.Kind.NO_SPACE, () -> rig.file.preallocate(0, BLOCK));
    assertThat(rig.cache.stats().reservesSpace()).isTrue();
  }

  @Test
  void withoutTheFeatureNothingIsReservedAndStatsSaySo() throws Exception {
    rig = Rig.ofPages(dir, 1);
    rig.stores.lack(Feature.RESERVE);
    CachedFile other = rig.open("other", 1, 'o');
    assertFails(StoreException.Kind.UNSUPPORTED, () -> other.preallocate(0, BLOCK));
    Rig.write(other, 0, 10, 'w');
    other.force();
    assertThat(rig.cache.stats().reservesSpace()).isFalse();
  }

  /** The space is given to no page that could not be had. */
  @Test
  void aWriteWithoutAFrameLeavesNothingDirty() throws Exception {
    rig = Rig.of(dir, 17 * BLOCK, config -> config.withDeadline(Rig.SHORT));
    Pin all = rig.file.pin(0, 16 * BLOCK, Access.READ);
    assertThatThrownBy(() -> rig.write(16 * BLOCK, 10, 'w'))
        .isInstanceOfSatisfying(NoFrameException.class, e -> assertThat(e.bytesDone()).isZero());
    all.close();
    assertThat(rig.letter(16 * BLOCK)).isEqualTo((char) ('A' + 16));
    assertThat(rig.stores.events(Call.WRITE)).extracting(Event::offset).isEmpty();
    rig.assertFree();
  }
}
