package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.FileChangedException;
import dev.longpin.api.OpenMode;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another program changes the file underneath: detected at an open, a miss and a force. */
@Timeout(60)
class FileChangedTest {

  @TempDir private Path dir;
  private Rig rig;
  private int changes;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 4);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  /** The size stays; the time may not move by itself within a tick of the kernel's clock. */
  private void changeTime() throws Exception {
    changes++;
    Files.setLastModifiedTime(rig.path, FileTime.from(Instant.ofEpochSecond(changes)));
  }

  private void changeSize() throws Exception {
    Files.write(rig.path, new byte[] {'x'}, StandardOpenOption.APPEND);
  }

  @Test
  void aMissSeesThatTheSizeChanged() throws Exception {
    changeSize();
    assertThatThrownBy(() -> rig.letter(0))
        .isInstanceOf(FileChangedException.class)
        .hasMessageContaining(rig.path.toString());
    assertThat(rig.letter(0)).as("it has been said").isEqualTo('A');
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
  }

  @Test
  void aMissSeesThatTheContentChanged() throws Exception {
    changeTime();
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileChangedException.class);
    assertThat(rig.letter(0)).isEqualTo('A');
  }

  @Test
  void aForceSeesThatTheFileChanged() throws Exception {
    rig.load(0, 1);
    for (int i = 0; i < 3; i++) {
      changeTime();
      assertThatThrownBy(rig.file::force).isInstanceOf(FileChangedException.class);
      rig.file.force();
    }
    changeSize();
    assertThatThrownBy(rig.file::force).isInstanceOf(FileChangedException.class);
    rig.file.force();
  }

  /** Pages in memory are as they were, and dirty ones are written. */
  @Test
  void whatIsInMemoryStaysAndTheCacheGoesOn() throws Exception {
    rig.load(0, 2);
    Files.write(rig.path, Rig.letters(4 * PAGE, 4 * PAGE)); // only As
    changeTime();
    assertThatThrownBy(rig.file::force).isInstanceOf(FileChangedException.class);
    assertThat(rig.letter(PAGE)).isEqualTo('B');
    rig.file.pin(PAGE, 1, Access.READ).close();
    rig.file.evict();
    assertThat(rig.letter(PAGE)).as("evicted, so read again").isEqualTo('A');
    rig.write(PAGE, 1, 'w');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
  }

  @Test
  void anOpenSeesThatTheFileChanged() throws Exception {
    changeSize();
    assertThatThrownBy(() -> rig.cache.open(rig.path, OpenMode.READ))
        .isInstanceOf(FileChangedException.class)
        .hasMessageContaining("close every instance");
    try (CachedFile second = rig.cache.open(rig.path, OpenMode.READ)) {
      assertThat(second.size()).as("that of the first instance").isEqualTo(4 * PAGE);
      assertThat(Rig.read(second, 0, 1)).containsExactly('A');
    }
    assertThatThrownBy(rig.file::force).isInstanceOf(FileChangedException.class);
    rig.file.force();
    rig.file.close();
    try (CachedFile again = rig.cache.open(rig.path, OpenMode.READ)) {
      assertThat(again.size()).isEqualTo(4 * PAGE + 1);
    }
  }

  @Test
  void eachOpenerIsToldOnce() throws Exception {
    CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
    changeTime();
    assertThatThrownBy(rig.file::force).isInstanceOf(FileChangedException.class);
    assertThatThrownBy(() -> Rig.read(second, 0, 1))
        .isInstanceOfSatisfying(
            FileChangedException.class, e -> assertThat(e.how()).contains("time of last change"));
    rig.file.force();
    second.force();
    assertThat(Rig.read(second, PAGE, 1)).containsExactly('B');
  }

  /** What we changed ourselves is no surprise. */
  @Test
  void ourOwnChangesAreNotTakenForThoseOfOthers() throws Exception {
    for (int i = 0; i < 5; i++) {
      rig.write(i, 1, 'w');
      rig.file.force();
      rig.file.truncate(5 * PAGE - i);
      rig.file.force();
      rig.file.punchHole(PAGE, PAGE);
      rig.file.force();
      rig.file.evict();
      assertThat(rig.letter(0)).isEqualTo('w');
      rig.file.force();
    }
    assertThat(rig.stores.count(Call.PUNCH_HOLE)).isEqualTo(5);
  }

  /**
   * Whether it has landed nobody knows before it has ended; here its landing is the time's change.
   */
  @Test
  void aWriteOfOursInFlightIsNotTakenForTheChangeOfAnother() throws Exception {
    rig.load(0, 1);
    rig.write(0, 10, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(() -> rig.file.force(0, PAGE, Rig.LONG));
    stop.awaitReached();
    rig.file.force(PAGE, PAGE, Rig.LONG);
    changeTime();
    rig.file.force(PAGE, PAGE, Rig.LONG);
    stop.letGo();
    force.get();
    rig.file.force();
  }

  /** The file gets shorter underneath: what is missing reads as zeros, and nothing breaks. */
  @Test
  void aFileThatWasCutUnderneathReadsAsZeros() throws Exception {
    Files.write(rig.path, Rig.letters(PAGE, PAGE));
    assertThatThrownBy(() -> rig.letter(3 * PAGE)).isInstanceOf(FileChangedException.class);
    assertThat(Rig.read(rig.file, 3 * PAGE, PAGE)).containsOnly(0);
    assertThat(rig.letter(0)).isEqualTo('A');
    rig.write(PAGE, 10, 'w');
    rig.file.force();
    assertThat(rig.diskLetter(PAGE)).isEqualTo('w');
  }
}
