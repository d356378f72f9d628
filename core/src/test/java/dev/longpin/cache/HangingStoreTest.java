package dev.longpin.cache;

import static dev.longpin.cache.Rig.FRAMES;
import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Pin;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A file is closed while something in it hangs: the close ends, and nothing is lost count of. */
@Timeout(60)
class HangingStoreTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.of(dir, 4 * PAGE, config -> config.withDeadline(SHORT));
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** What is under way when the store hangs. */
  enum UnderWay {
    READ(Call.READ),
    FORCE_WRITING(Call.WRITE),
    FORCE_SYNCING(Call.SYNC),
    TRUNCATE(Call.TRUNCATE),
    PUNCH(Call.PUNCH_HOLE),
    WRITE(Call.RESERVE),
    PIN_TO_READ(Call.READ),
    PIN_TO_WRITE(Call.RESERVE),
    PIN_TO_OVERWRITE(Call.RESERVE);

    private final Call call;

    UnderWay(Call call) {
      this.call = call;
    }

    void run(Rig rig) throws LongpinException {
      Unmapping patient = Unmapping.within(LONG);
      switch (this) {
        case READ -> rig.letter(3 * PAGE);
        case FORCE_WRITING, FORCE_SYNCING -> rig.file.force(0, Long.MAX_VALUE, LONG);
        case TRUNCATE -> rig.file.truncate(PAGE, patient);
        case PUNCH -> rig.file.punchHole(PAGE, 2 * PAGE - 10, patient);
        case WRITE -> rig.write(3 * PAGE, PAGE, 'v');
        case PIN_TO_READ -> pin(rig, Access.READ);
        case PIN_TO_WRITE -> pin(rig, Access.WRITE);
        case PIN_TO_OVERWRITE -> pin(rig, Access.OVERWRITE);
      }
    }

    private static void pin(Rig rig, Access access) throws LongpinException {
      var _ = rig.file.pinLongterm(3 * PAGE, PAGE, access, new Holder("holder", "nic")).release();
    }
  }

  /** I1, I5: memory that the store still has stays, and comes back as soon as it answers. */
  @ParameterizedTest
  @EnumSource
  void aCloseEndsThoughTheStoreHangs(UnderWay underWay) throws Exception {
    rig.write(0, PAGE, 'w');
    rig.letter(PAGE);
    Stop stop = rig.stores.stopNext(underWay.call);
    Later<Void> hanging = Later.run(() -> underWay.run(rig));
    stop.awaitReached();
    assertIsOurs(Later.run(rig.cache::close));
    assertThat(hanging.isDone()).isFalse();
    stop.letGo();
    assertIsOurs(hanging);
    Later.await(() -> rig.cache.stats().leakedFrames() == 0);
    assertThat(rig.stores.violations()).isEmpty();
  }

  /** It ends: well, or with a failure that a caller may expect. */
  private static void assertIsOurs(Later<?> later) throws Exception {
    later
        .failureIfAny()
        .ifPresent(failure ->
            assertThat(failure).isInstanceOfAny(LongpinException.class, FileClosedException.class));
  }

  /** H20, I3: the write would land over what was written and forced since. */
  @Test
  void aFileIsNotOpenedAgainBeforeAWriteThatHangsHasLanded() throws Exception {
    rig.write(0, PAGE, 'o');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(() -> rig.file.force(0, Long.MAX_VALUE, LONG));
    stop.awaitReached();
    assertThatThrownBy(rig.file::close).isInstanceOf(DeadlineExceededException.class);
    assertThatThrownBy(() -> rig.cache.open(rig.path, OpenMode.WRITE))
        .isInstanceOf(DeadlineExceededException.class)
        .hasMessageContaining("hangs");
    stop.letGo();
    Later.await(force::isDone);
    try (CachedFile again = rig.cache.open(rig.path, OpenMode.WRITE)) {
      Rig.write(again, 0, PAGE, 'n');
      again.force();
    }
    assertThat(rig.diskLetter(0)).isEqualTo('n');
  }

  /** What comes late brings no page into a file that is closed: nobody would ever find it. */
  @Test
  void aFaultThatComesAfterTheCloseIsRefused() throws Exception {
    rig.close();
    rig = Rig.ofPages(dir, 4);
    CachedFile other = rig.open("other", FRAMES, 'x');
    Pin all = other.pin(0, FRAMES * PAGE, Access.READ);
    CachedFile file = rig.file;
    Later<Pin> pin = Later.call(() -> file.pin(0, 1, Access.READ)).awaitWaiting();
    Later<Void> close = Later.run(file::close).awaitWaiting();
    close.interrupt(); // it waits no longer for the pin
    close.get();
    all.close();
    pin.failure(FileClosedException.class);
    other.close();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(FRAMES);
  }

  /** Nothing can undo a delete; that others take their time to learn of it changes nothing. */
  @Test
  void aDeleteThatIsDoneIsReportedAsDone() throws Exception {
    CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
    rig.write(0, PAGE, 'w');
    Stop stop = rig.stores.stopNext(Call.SYNC);
    Later<Void> force = Later.run(() -> second.force(0, Long.MAX_VALUE, LONG));
    stop.awaitReached();
    UnmapResult result = rig.file.delete(Unmapping.DEFAULT);
    assertThat(result).isEqualTo(UnmapResult.NONE);
    assertThat(Files.exists(rig.path)).isFalse();
    stop.letGo();
    Later.await(force::isDone);
  }

  /** A gate is user code, and may fail in its own way. */
  @Test
  void aGateThatFailsDuringTheCloseLosesNoFrame() throws Exception {
    rig.write(0, PAGE, 'w');
    rig.file.setWritebackGate((page, forced) -> {
      throw new UncheckedIOException(new IOException("the log is gone"));
    });
    assertThatThrownBy(rig.file::close)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("the log is gone");
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(FRAMES);
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileClosedException.class);
  }
}
