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
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.spi.Store.Feature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a punch takes from the file, and an eviction from memory alone. */
@Timeout(60)
class PunchAndEvictTest {

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

  private byte[] lettersWithHole(int from, int to) {
    byte[] content = Rig.letters(4 * PAGE, PAGE);
    Arrays.fill(content, from, to, (byte) 0);
    return content;
  }

  @Test
  void aPunchedRangeReadsAsZerosInMemoryAndOnDisk() throws Exception {
    rig.load(0, 4);
    rig.write(2 * PAGE, 10, 'C'); // dirty
    assertThat(rig.file.punchHole(PAGE - 10, 2 * PAGE)).isEqualTo(UnmapResult.NONE);
    byte[] expected = lettersWithHole(PAGE - 10, 3 * PAGE - 10);
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).isEqualTo(expected);
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(expected);
    rig.assertFree();
    assertThat(Rig.read(rig.file, 0, 5 * PAGE)).isEqualTo(expected);
    assertThat(rig.cache.stats().punchesHoles()).isTrue();
  }

  @Test
  void aPunchIgnoresWhatLiesPastTheEnd() throws Exception {
    rig.file.truncate(3 * PAGE + 5);
    rig.file.punchHole(3 * PAGE + 1, Long.MAX_VALUE - 3 * PAGE - 1);
    rig.file.punchHole(3 * PAGE + 5, 100);
    rig.file.punchHole(100 * PAGE, PAGE);
    assertThat(rig.file.size()).isEqualTo(3 * PAGE + 5);
    assertThat(Rig.read(rig.file, 3 * PAGE, PAGE)).containsExactly('D', 0, 0, 0, 0);
    rig.file.punchHole(0, 0);
    assertThat(rig.letter(0)).isEqualTo('A');
    assertThat(rig.stores.count(Call.PUNCH_HOLE)).isEqualTo(1);
  }

  /** The file grew in memory; what would have made it grow on disk is punched. */
  @Test
  void aPunchOfTheNewTailKeepsTheSizeOnDisk() throws Exception {
    rig.write(4 * PAGE, 28, 'w');
    rig.file.punchHole(4 * PAGE, 28);
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(4 * PAGE + 28);
    rig.write(4 * PAGE + 28, 28, 'w');
    rig.file.punchHole(PAGE, Long.MAX_VALUE - PAGE);
    rig.file.close();
    assertThat(Files.size(rig.path)).isEqualTo(4 * PAGE + 56);
  }

  /** H19: the file was cut while the punch waited for pins elsewhere. */
  @Test
  void aPunchThatWaitedDoesNotMakeACutFileGrowAgain() throws Exception {
    Pin pin = rig.file.pin(0, 1, Access.READ);
    Later<UnmapResult> punch = Later.call(() -> rig.file.punchHole(0, 10));
    rig.awaitGoing(0);
    rig.file.truncate(2 * PAGE);
    pin.close();
    punch.get();
    rig.file.force();
    assertThat(Files.size(rig.path)).isEqualTo(2 * PAGE);
    rig.assertFree();
  }

  /** A page that is only partly removed counts as removed. */
  @Test
  void aPunchWaitsForThePinsOfThePagesThatItTouches() throws Exception {
    LongtermPin beside = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    rig.file.punchHole(PAGE, 2 * PAGE);
    assertThatThrownBy(() -> rig.file.punchHole(PAGE - 1, 1, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(rig.letter(PAGE - 1)).isEqualTo('A');
    assertThat(beside.release()).isTrue();
    rig.file.punchHole(PAGE - 1, 1);
    assertThat((int) rig.letter(PAGE - 1)).isZero();
    rig.assertFree();
  }

  @Test
  void aPunchThatTheStoreLacksChangesNothing() throws Exception {
    rig.write(PAGE, PAGE, 'w');
    rig.stores.failNext(Call.PUNCH_HOLE, 1, StoreException.Kind.UNSUPPORTED);
    Rig.assertFails(StoreException.Kind.UNSUPPORTED, () -> rig.file.punchHole(PAGE, PAGE));
    assertThat(Rig.read(rig.file, PAGE, PAGE)).containsOnly('w');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    rig.assertFree();
  }

  @Test
  void aPunchThatFailsHalfWaySaysThatItIsIndeterminate() throws Exception {
    rig.load(0, 4);
    rig.write(PAGE + 20, 10, 'w');
    rig.stores.failNextAfterwards(Call.PUNCH_HOLE);
    assertThatThrownBy(() -> rig.file.punchHole(PAGE + 10, PAGE))
        .isInstanceOf(IndeterminateException.class);
    byte[] expected = lettersWithHole(PAGE + 10, 2 * PAGE + 10);
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).as("what the store has").isEqualTo(expected);
    rig.file.force();
    assertThat(rig.disk()).isEqualTo(expected);
    rig.assertFree();
  }

  /** The store writes zeros where it can't punch. */
  @Test
  void aPunchWorksWithoutTheFeature() throws Exception {
    rig.close();
    rig = Rig.ofPages(dir, 4);
    rig.stores.lack(Feature.PUNCH_HOLE);
    CachedFile other = rig.open("other", 2, 'o');
    other.punchHole(10, PAGE);
    assertThat(Rig.read(other, 10, PAGE)).containsOnly(0);
    assertThat(Rig.read(other, PAGE + 10, PAGE)).containsOnly('o');
    assertThat(rig.cache.stats().punchesHoles()).isFalse();
  }

  @Test
  void anEvictedPageComesFromTheStoreAgain() throws Exception {
    rig.load(0, 4);
    int mark = rig.stores.mark();
    assertThat(rig.file.evict(PAGE, PAGE + 1, Unmapping.DEFAULT)).isEqualTo(UnmapResult.NONE);
    assertThat(rig.stores.since(mark, Call.SYNC)).as("nothing to sync").isEmpty();
    rig.load(0, 4);
    assertThat(rig.stores.since(mark, Call.READ))
        .extracting(FaultyStores.Event::offset)
        .containsExactly((long) PAGE, 2L * PAGE);
    rig.assertFree();
  }

  /** I3: it is on disk, not only written, before it leaves the memory. */
  @Test
  void anEvictionWritesAndSyncsDirtyPagesFirst() throws Exception {
    rig.write(PAGE - 5, 10, 'w');
    rig.file.evict(0, PAGE, Unmapping.DEFAULT);
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    assertThat(rig.stores.events(Call.WRITE)).hasSize(1);
    assertThat(rig.diskLetter(PAGE - 1)).isEqualTo('w');
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    assertThat(Rig.read(rig.file, PAGE - 5, 10)).containsOnly('w');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE + 4)).isEqualTo('w');
  }

  /** I2: what a device writes until it lets go is written too. */
  @Test
  void anEvictionWritesWhatADeviceWroteBeforeItLetGo() throws Exception {
    LongtermPin pin =
        rig.file.pinLongterm(
            0,
            PAGE,
            Access.WRITE,
            HOLDER,
            (revoked, revocation) -> {
              revoked.putByte(7, (byte) 'p');
              revoked.release();
            });
    pin.putByte(6, (byte) 'p');
    assertThat(rig.file.evict().revoked()).isEqualTo(1);
    assertThat(rig.disk()).startsWith('A', 'A', 'A', 'A', 'A', 'A', 'p', 'p', 'A');
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    rig.assertFree();
  }

  @Test
  void anEvictionThatCannotWriteChangesNothing() throws Exception {
    rig.write(0, 10, 'w');
    rig.stores.failNext(Call.WRITE);
    Rig.assertFails(StoreException.Kind.IO, rig.file::evict);
    rig.stores.failNext(Call.SYNC);
    Rig.assertFails(StoreException.Kind.IO, rig.file::evict);
    int mark = rig.stores.mark();
    assertThat(Rig.read(rig.file, 0, 10)).containsOnly('w');
    assertThat(rig.stores.since(mark, Call.READ)).as("still in memory").isEmpty();
    rig.file.evict();
    assertThat(Rig.read(rig.file, 0, 10)).containsOnly('w');
  }

  @Test
  void aFileOpenedForReadingCanBeEvicted() throws Exception {
    try (CachedFile reader = rig.cache.open(rig.path, OpenMode.READ)) {
      rig.write(0, 10, 'w');
      Pin pin = reader.pin(0, 1, Access.READ);
      assertThatThrownBy(() -> reader.evict(0, PAGE, Unmapping.within(SHORT)))
          .isInstanceOf(DeadlineExceededException.class);
      pin.close();
      reader.evict();
      assertThat(rig.diskLetter(0)).isEqualTo('w');
      reader.evict(0, 0, Unmapping.DEFAULT);
      reader.evict(100 * PAGE, PAGE, Unmapping.DEFAULT);
    }
  }
}
