package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.CachedFile;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WaitInterruptedException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Many threads at one page. */
@Timeout(120)
class CrowdTest {

  /** As many references as a page can count. */
  private static final int REFERENCES = 255;

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** I5: whoever comes when the count is full waits, and hears an interrupt. */
  @Test
  void whoFindsTheReferencesUsedUpWaits() throws Exception {
    rig = Rig.ofPages(dir, 2);
    Stop stop = rig.stores.stopNext(Call.READ);
    List<Later<Character>> readers = new ArrayList<>();
    readers.add(Later.call(() -> rig.letter(0)));
    stop.awaitReached();
    for (int i = 1; i < REFERENCES; i++) {
      readers.add(Later.call(() -> rig.letter(0)).awaitWaiting());
    }
    Later<Character> last = Later.call(() -> rig.letter(0)).awaitWaiting();
    last.interrupt();
    last.failure(WaitInterruptedException.class);
    assertThat(rig.letter(PAGE)).isEqualTo('B'); // the index is free
    stop.letGo();
    for (Later<Character> reader : readers) {
      assertThat(reader.get()).isEqualTo('A');
    }
    rig.assertFree();
  }

  /** I5: a cut that finds them used up waits as well, and so does a read that comes then. */
  @Test
  void aCutThatFindsTheReferencesUsedUpWaits() throws Exception {
    rig = Rig.ofPages(dir, 1);
    rig.load(0, 1);
    rig.write(0, 1, 'x');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    List<Later<Void>> forces = new ArrayList<>();
    forces.add(Later.run(rig.file::force));
    stop.awaitReached();
    for (int i = 1; i < REFERENCES; i++) {
      forces.add(Later.run(rig.file::force).awaitWaiting());
    }
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(1)).awaitWaiting();
    truncate.interrupt();
    truncate.failure(WaitInterruptedException.class);
    assertThat(rig.file.size()).isEqualTo(PAGE);
    Later<Character> reader = Later.call(() -> rig.letter(0)).awaitWaiting();
    truncate = Later.call(() -> rig.file.truncate(1)).awaitWaiting();
    stop.letGo();
    for (Later<Void> force : forces) {
      force.get();
    }
    assertThat(reader.get()).isEqualTo('x');
    var _ = truncate.get();
    assertThat(rig.disk()).containsExactly('x');
    rig.assertFree();
  }

  /**
   * I2: no read takes a reference while a cut waits for the references to go; when the cut gives
   * up, reads go on.
   */
  @Test
  void readersWaitWhileACutFreezesTheirPage() throws Exception {
    rig = Rig.ofPages(dir, 1);
    rig.load(0, 1);
    rig.write(0, 1, 'x');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(rig.file::force); // has a reference until its write ends
    stop.awaitReached();
    Later<UnmapResult> truncate = Later.call(() -> rig.file.truncate(1)).awaitWaiting();
    Later<Character> reader = Later.call(() -> rig.letter(0)).awaitWaiting();
    truncate.interrupt();
    truncate.failure(WaitInterruptedException.class);
    assertThat(reader.get()).isEqualTo('x');
    assertThat(rig.letter(0)).isEqualTo('x');
    stop.letGo();
    force.get();
    rig.assertFree();
  }

  /**
   * I2: readers that never pause hold off no cut; there is no moment at which none of them reads.
   */
  @Test
  void readersHoldOffNoCut() throws Exception {
    int pageSize = 2 << 20;
    rig = Rig.ofPageSize(dir, pageSize, pageSize);
    CachedFile file = rig.file;
    AtomicBoolean stopping = new AtomicBoolean();
    List<Later<Void>> readers = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      readers.add(
          Later.run(() -> {
            MemorySegment target = MemorySegment.ofArray(new byte[pageSize]);
            while (!stopping.get()) {
              var _ = file.read(target, 0);
            }
          }));
    }
    try {
      Later.await(() -> rig.cache.stats().hits() > 100);
      for (int i = 0; i < 5; i++) {
        file.evict(0, pageSize, Unmapping.within(Duration.ofSeconds(10)));
      }
    } finally {
      stopping.set(true);
    }
    for (Later<Void> reader : readers) {
      reader.get();
    }
  }
}
