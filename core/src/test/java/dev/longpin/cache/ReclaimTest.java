package dev.longpin.cache;

import static dev.longpin.cache.Rig.FRAMES;
import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheStats;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.Pin;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** I8: making room waits for no pin and skips what is pinned; and the sums that say so. */
@Timeout(60)
class ReclaimTest {

  @TempDir private Path dir;
  private Rig rig;
  private CachedFile other;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 15);
    other = rig.open("other", 40, 'o');
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private void needFrames() throws Exception {
    for (int round = 0; round < 3; round++) {
      assertThat(Rig.read(other, 0, 40 * PAGE)).containsOnly('o');
    }
  }

  @Test
  void aPinnedPageStaysWhereItIs() throws Exception {
    LongtermPin longterm = rig.file.pinLongterm(0, PAGE, Access.READ, HOLDER);
    LongtermPin writer = rig.file.pinLongterm(PAGE, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = writer.unsafeSegment(0);
    try (Pin pin = rig.file.pin(2 * PAGE, PAGE, Access.READ)) {
      Rig.dma(memory, 0, 'd');
      int mark = rig.stores.mark();
      needFrames();
      Rig.dma(memory, 1, 'd');
      assertThat(rig.letter(0)).isEqualTo('A');
      assertThat(Rig.read(rig.file, PAGE, 3)).containsExactly('d', 'd', 'B');
      assertThat(rig.letter(2 * PAGE)).isEqualTo('C');
      assertThat(pin.getByte(5)).isEqualTo((byte) 'C');
      assertThat(rig.stores.since(mark, Call.READ)).hasSize(120);
      assertThat(rig.stores.since(mark, Call.WRITE)).isEmpty();
    }
    assertThat(longterm.release()).isTrue();
    assertThat(writer.release()).isTrue();
    rig.assertFreeBut(other);
  }

  /** All but one frame are pinned: that one is enough. */
  @Test
  void oneFrameIsEnoughToGoOn() throws Exception {
    LongtermPin most = rig.file.pinLongterm(0, 15 * PAGE, Access.READ, HOLDER);
    needFrames();
    Rig.write(other, 39 * PAGE, PAGE, 'w');
    other.force();
    assertThat(Rig.read(other, 38 * PAGE, 2 * PAGE)).startsWith('o').endsWith('w');
    assertThat(most.release()).isTrue();
    rig.assertFreeBut(other);
  }

  /** A page that is going is not reclaimed; nothing is freed under the unmapper's hands. */
  @Test
  void aPageThatIsGoingIsSkipped() throws Exception {
    rig.load(0, 4);
    Pin pin = rig.file.pin(0, 1, Access.READ);
    Later<?> evict = Later.call(() -> rig.file.evict(0, 4 * PAGE, Unmapping.DEFAULT));
    rig.awaitGoing(0);
    needFrames();
    int mark = rig.stores.mark();
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).startsWith('A').endsWith('D');
    assertThat(rig.stores.since(mark, Call.READ)).as("still in memory").isEmpty();
    pin.close();
    evict.get();
    rig.assertFreeBut(other);
  }

  /** A page that is being written is skipped, and its write is of what it was. */
  @Test
  void aPageThatIsBeingWrittenIsSkipped() throws Exception {
    rig.write(0, PAGE, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force);
    stop.awaitReached();
    needFrames();
    stop.letGo();
    force.get();
    needFrames();
    assertThat(rig.diskLetter(PAGE - 1)).isEqualTo('w');
    assertThat(Rig.read(rig.file, 0, PAGE)).containsOnly('w');
    rig.assertFreeBut(other);
  }

  @Test
  void theSumsTellWhatHappened() throws Exception {
    rig.load(0, 4);
    rig.load(0, 4);
    CacheStats stats = rig.cache.stats();
    assertThat(stats.engine()).isEqualTo("faulty");
    assertThat(stats.pageSize()).isEqualTo(PAGE);
    assertThat(stats.frames()).isEqualTo(FRAMES);
    assertThat(stats.freeFrames()).isEqualTo(FRAMES - 4);
    assertThat(stats.misses()).isEqualTo(4);
    assertThat(stats.hits()).isEqualTo(4);
    assertThat(stats.reclaimed() + stats.writebacks() + stats.syncs() + stats.timeouts()).isZero();
    rig.write(0, 2 * PAGE, 'w');
    assertThat(rig.cache.stats().dirtyPages()).isEqualTo(2);
    rig.file.force();
    LongtermPin pin = rig.file.pinLongterm(0, 2 * PAGE, Access.WRITE, HOLDER);
    assertThat(rig.cache.stats().longtermPinnedPages()).isEqualTo(2);
    rig.file.force();
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    stats = rig.cache.stats();
    assertThat(stats.dirtyPages()).isZero();
    assertThat(stats.writebacks()).isEqualTo(4);
    assertThat(stats.bounces()).isEqualTo(2);
    assertThat(stats.syncs()).isEqualTo(2);
    assertThat(stats.timeouts()).isEqualTo(1);
    assertThat(stats.revocations() + stats.disconnected() + stats.leakedFrames()).isZero();
    assertThat(pin.release()).isTrue();
    needFrames();
    assertThat(rig.cache.stats().reclaimed()).isPositive();
    assertThat(rig.cache.stats().locksFiles()).isFalse();
    assertThat(rig.cache.stats().handlerErrors()).isEmpty();
  }
}
