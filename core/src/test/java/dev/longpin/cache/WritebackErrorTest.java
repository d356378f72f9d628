package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.WritebackException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Event;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * I3: after a failed write or fdatasync all that is unsynced is dirty again, and every opener sees
 * the error once. (As the kernel may have dropped what it could not write, it is written again.)
 */
@Timeout(60)
class WritebackErrorTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private static void assertFails(CachedFile file) {
    assertThatThrownBy(file::force)
        .isInstanceOf(WritebackException.class)
        .hasCauseInstanceOf(StoreException.class)
        .hasMessageContaining("as the test demands");
  }

  @Test
  void aFailedWriteIsReportedAndRepairedByTheNextForce() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.write(PAGE, 2 * PAGE, 'w');
    rig.stores.failNext(Call.WRITE, 1, StoreException.Kind.NO_SPACE);
    assertFails(rig.file);
    assertThat(rig.diskLetter(PAGE)).isEqualTo('B');
    assertThat(rig.letter(PAGE)).isEqualTo('w');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
    assertThat(rig.diskLetter(3 * PAGE - 1)).isEqualTo('w');
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    rig.assertFree();
  }

  @Test
  void aFailedSyncMakesAllThatIsUnsyncedDirtyAgain() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.write(0, 10, 'w');
    rig.write(2 * PAGE, 10, 'w');
    rig.stores.failNext(Call.SYNC);
    assertFails(rig.file);
    int mark = rig.stores.mark();
    assertThat(rig.cache.stats().dirtyPages()).isEqualTo(2);
    rig.file.force();
    assertThat(rig.stores.since(mark, Call.WRITE))
        .extracting(Event::offset)
        .containsExactly(0L, 2L * PAGE);
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
    rig.assertFree();
  }

  /** Also what an earlier force of another range wrote, whose sync was to come. */
  @Test
  void aFailedWriteMakesWhatWasWrittenBeforeItDirtyAgain() throws Exception {
    rig = Rig.ofPages(dir, 4);
    rig.write(0, 10, 'w');
    rig.write(PAGE, 10, 'w');
    FaultyStores.Stop stop = rig.stores.stopNext(Call.SYNC);
    Later<Void> force = Later.run(() -> rig.file.force(0, 1, Rig.LONG));
    stop.awaitReached();
    rig.stores.failNext(Call.WRITE);
    assertFails(rig.file);
    rig.stores.failNext(Call.SYNC);
    stop.letGo();
    force.failure(WritebackException.class);
    int mark = rig.stores.mark();
    rig.file.force();
    assertThat(rig.stores.since(mark, Call.WRITE)).hasSize(2);
    rig.assertFree();
  }

  @Test
  void everyOpenerSeesAnErrorOnce() throws Exception {
    rig = Rig.ofPages(dir, 4);
    try (CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
        CachedFile third = rig.cache.open(rig.path, OpenMode.READ)) {
      for (Call failing : new Call[] {Call.WRITE, Call.SYNC}) {
        rig.write(0, 10, 'w');
        rig.stores.failNext(failing);
        assertFails(second);
        assertFails(rig.file);
        second.force();
        rig.file.force();
        rig.file.force();
        assertThat(rig.stores.unsyncedWrites()).isEmpty();
      }
      assertFails(third); // once, though there were two
      third.force();
      try (CachedFile late = rig.cache.open(rig.path, OpenMode.WRITE)) {
        late.force(); // it was not there
      }
    }
    rig.assertFree();
  }

  @Test
  void anErrorInTheBackgroundIsReportedByTheNextForce() throws Exception {
    rig =
        Rig.of(dir, 4 * PAGE, config -> config.withBackgroundWriteback(true, Duration.ofMillis(5)));
    rig.stores.failAlways(Call.WRITE, StoreException.Kind.IO);
    rig.write(0, 10, 'w');
    Later.await(() -> rig.stores.failures() > 0);
    rig.stores.heal();
    Later.await(() -> rig.stores.count(Call.WRITE) > 0); // it tries again by itself
    assertFails(rig.file);
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    rig.assertFree();
  }

  /** Nothing that is not synced leaves the memory, whatever room is needed. */
  @Test
  void reclaimDropsNoPageThatIsNotSynced() throws Exception {
    rig =
        Rig.of(dir, 4 * PAGE, config -> config.withBackgroundWriteback(true, Duration.ofMillis(5)));
    CachedFile other = rig.open("other", 40, 'o');
    rig.stores.failAlways(Call.SYNC, StoreException.Kind.IO);
    rig.write(0, 4 * PAGE, 'w');
    Later.await(() -> rig.stores.count(Call.WRITE) >= 4);
    int mark = rig.stores.mark();
    for (int round = 0; round < 5; round++) {
      assertThat(Rig.read(other, 0, 40 * PAGE)).containsOnly('o');
    }
    assertThat(rig.cache.stats().reclaimed()).isPositive();
    rig.stores.failNext(Call.READ, 1, StoreException.Kind.IO); // it reads nothing
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).containsOnly('w');
    assertThat(rig.stores.since(mark, Call.SYNC)).isEmpty();
    rig.stores.heal();
    Later.await(() -> rig.stores.count(Call.SYNC) > 0);
    for (int round = 0; round < 3; round++) {
      Rig.read(other, 0, 40 * PAGE);
    }
    assertThat(Rig.read(rig.file, 0, 4 * PAGE)).containsOnly('w');
  }

  @Test
  void aFailedCopyOfAPageUnderAWritePinIsWrittenAgain() throws Exception {
    rig = Rig.ofPages(dir, 1);
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) 'p');
    rig.stores.failNext(Call.WRITE, 5, StoreException.Kind.IO); // more often than there are buffers
    for (int i = 0; i < 5; i++) {
      assertFails(rig.file);
    }
    assertThat(pin.release()).isTrue();
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('p');
    rig.assertFree();
  }
}
