package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.FaultyStores.Call;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One address space per device and inode, however often and by whatever name a file is open. */
@Timeout(60)
class SharedFileTest {

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

  /** Another path to the same file. */
  private Path alias(String kind) throws Exception {
    return switch (kind) {
      case "same path" -> rig.path;
      case "hard link" -> Files.createLink(dir.resolve("alias"), rig.path);
      case "symbolic link" -> Files.createSymbolicLink(dir.resolve("alias"), rig.path);
      default -> dir.resolve(".").resolve(rig.path.getFileName());
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"same path", "hard link", "symbolic link", "other spelling"})
  void instancesOfOneFileShareItsPages(String kind) throws Exception {
    CachedFile second = rig.cache.open(alias(kind), OpenMode.WRITE);
    rig.write(PAGE, 10, 'w');
    int mark = rig.stores.mark();
    assertThat(Rig.read(second, PAGE, 10)).containsOnly('w');
    LongtermPin pin = second.pinLongterm(PAGE, 1, Access.WRITE, HOLDER);
    pin.putByte(0, (byte) 'p');
    assertThat(rig.letter(PAGE)).isEqualTo('p');
    assertThat(rig.stores.since(mark, Call.READ)).isEmpty();
    assertThat(rig.file.holders()).hasSize(1);
    assertThatThrownBy(() -> rig.file.truncate(0, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(pin.release()).isTrue();
    rig.file.truncate(PAGE + 1);
    assertThat(second.size()).isEqualTo(PAGE + 1);
    second.force();
    assertThat(rig.disk()).hasSize(PAGE + 1).endsWith('p');
    second.close();
    rig.assertFree();
  }

  @Test
  void theCloseOfOneInstanceDropsNothing() throws Exception {
    CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
    rig.load(0, 4);
    rig.write(0, 10, 'w');
    int mark = rig.stores.mark();
    rig.file.close();
    assertThatThrownBy(() -> rig.letter(0)).isInstanceOf(FileClosedException.class);
    assertThatThrownBy(rig.file::size).isInstanceOf(FileClosedException.class);
    assertThat(Rig.read(second, 0, 10)).containsOnly('w');
    assertThat(Rig.read(second, 3 * PAGE, 10)).containsOnly('D');
    assertThat(rig.stores.since(mark, Call.READ)).isEmpty();
    assertThat(rig.stores.since(mark, Call.CLOSE)).isEmpty();
    second.close();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
  }

  @Test
  void aFileMayBeOpenedAgainAndAgain() throws Exception {
    rig.file.close();
    for (int i = 0; i < 30; i++) {
      try (CachedFile again = rig.cache.open(rig.path, OpenMode.WRITE)) {
        assertThat(Rig.read(again, i, 1)).containsExactly('A');
        Rig.write(again, 0, i + 1, 'w');
      }
      assertThat(rig.diskLetter(i)).isEqualTo('w');
    }
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
  }

  /** A reader was there first; the file becomes one that can be written. */
  @Test
  void aWriterMayFollowAReader() throws Exception {
    rig.file.close();
    CachedFile reader = rig.cache.open(rig.path, OpenMode.READ);
    assertThat(Rig.read(reader, 0, 1)).containsExactly('A');
    CachedFile writer = rig.cache.open(rig.path, OpenMode.WRITE);
    Rig.write(writer, 0, 1, 'w');
    assertThat(Rig.read(reader, 0, 1)).containsExactly('w');
    reader.force(); // anyone may see to it
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    Rig.write(writer, 1, 1, 'w');
    writer.close(); // the reader is the last
    assertThat(Rig.read(reader, 0, 3)).containsExactly('w', 'w', 'A');
    Rig.assertFails(StoreException.Kind.PERMISSION, () -> Rig.write(reader, 0, 1, 'x'));
    reader.close();
    assertThat(rig.diskLetter(1)).isEqualTo('w');
    assertThat(rig.stores.unsyncedWrites()).isEmpty();
  }

  @Test
  void filesDoNotSeeEachOther() throws Exception {
    CachedFile other = rig.open("other", 4, 'o');
    for (long page = 0; page < 4; page++) {
      rig.write(page * PAGE, 10, 'w');
      assertThat(Rig.read(other, page * PAGE, 10)).containsOnly('o');
    }
    other.truncate(0);
    assertThat(rig.file.size()).isEqualTo(4 * PAGE);
    other.force();
    assertThat(rig.diskLetter(0)).as("no force of its own").isEqualTo('A');
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
  }

  @Test
  void aDeleteRemovesTheFileAndClosesAllItsInstances() throws Exception {
    CachedFile second = rig.cache.open(rig.path, OpenMode.WRITE);
    CachedFile reader = rig.cache.open(rig.path, OpenMode.READ);
    Rig.assertFails(StoreException.Kind.PERMISSION, () -> reader.delete(Unmapping.DEFAULT));
    rig.write(0, PAGE, 'w');
    rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER, (revoked, revocation) -> revoked.release());
    assertThat(second.delete(Unmapping.within(Rig.LONG)).revoked()).isEqualTo(1);
    assertThat(rig.path).doesNotExist();
    for (CachedFile closed : new CachedFile[] {rig.file, second, reader}) {
      assertThatThrownBy(closed::size).isInstanceOf(FileClosedException.class);
      closed.close();
    }
    assertThat(rig.stores.count(Call.WRITE)).as("nothing is written for it").isZero();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
    try (CachedFile another = rig.cache.open(rig.path, OpenMode.CREATE)) {
      assertThat(another.size()).isZero();
    }
  }

  @Test
  void aDeleteThatFailsInTheStoreChangesNothing() throws Exception {
    rig.write(0, 10, 'w');
    rig.stores.failNext(Call.DELETE, 1, StoreException.Kind.PERMISSION);
    Rig.assertFails(StoreException.Kind.PERMISSION, () -> rig.file.delete(Unmapping.DEFAULT));
    assertThat(rig.letter(0)).isEqualTo('w');
    rig.file.force();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    rig.assertFree();
  }

  @Test
  void aDeleteMayDisconnectWhoeverHoldsOn() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    assertThat(rig.file.delete(Unmapping.within(SHORT).orDisconnect()).disconnected()).hasSize(1);
    assertThat(rig.path).doesNotExist();
    pin.putByte(0, (byte) 'p');
    assertThat(rig.cache.stats().disconnectedFrames()).isEqualTo(1);
    assertThat(pin.release()).isFalse();
    assertThat(rig.cache.stats().freeFrames()).isEqualTo(Rig.FRAMES);
  }

  /** The file's name goes, another file gets it, and the cache keeps them apart. */
  @Test
  void aFileThatWasReplacedIsAnotherFile() throws Exception {
    rig.write(0, 1, 'w');
    Files.move(rig.path, dir.resolve("moved"));
    Files.write(rig.path, new byte[] {'n'});
    try (CachedFile fresh = rig.cache.open(rig.path, OpenMode.WRITE)) {
      assertThat(fresh.size()).isEqualTo(1);
      assertThat(rig.file.size()).isEqualTo(4 * PAGE);
      rig.file.force();
      assertThat(Files.readAllBytes(dir.resolve("moved"))).startsWith('w');
      assertThat(Files.readAllBytes(rig.path)).containsExactly('n');
    }
  }
}
