package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.PinRefusedException.Reason;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.cache.PageCaches;
import dev.longpin.contract.Mount;
import dev.longpin.contract.StoreTests;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in for DAX that every Linux has: files on tmpfs. */
class TmpfsStandInTest extends DaxFiles {

  private static final Path SHM = Path.of("/dev/shm");

  @TempDir private Path temporary;

  @Override
  Path root() throws IOException {
    StoreTests.skipUnless(Files.isWritable(SHM), "no " + SHM + " to write to");
    StoreTests.skipUnless(Files.getFileStore(SHM).type().equals("tmpfs"), SHM + " is no tmpfs");
    return SHM;
  }

  @Test
  void theStatsSayThatItIsAStandIn() {
    assertThat(storage.isSynced()).isFalse();
    assertThat(cache.stats().engine()).isEqualTo("dax, a stand-in on tmpfs");
    assertThat(cache.stats().engineNotes()).anyMatch(note -> note.contains("stand-in"));
  }

  @Test
  void aFileSystemWithoutDaxIsRefused() throws IOException {
    String type = Files.getFileStore(temporary).type();
    StoreTests.skipUnless(!type.equals("tmpfs"), temporary + " is a tmpfs");
    assertThatThrownBy(() -> DaxDirectory.of(temporary, CAPACITY))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED))
        .hasMessageContaining("MAP_SYNC");
    Path path = Files.createFile(temporary.resolve("f"));
    assertThatThrownBy(() -> cache.open(path, OpenMode.WRITE))
        .as("a file elsewhere")
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNSUPPORTED));
  }

  /** I7: a full file system is a typed answer; without space beforehand it would be a SIGBUS. */
  @Test
  void aFullFileSystemIsTyped() throws IOException {
    try (Mount mount = Mount.tmpfs(temporary.resolve("small"), "size=64k")) {
      DaxDirectory small = DaxDirectory.of(mount.path(), CAPACITY);
      try (PageCache other = PageCaches.createDax(small.config(), small);
          CachedFile file = other.open(mount.path().resolve("f"), OpenMode.CREATE)) {
        file.write(MemorySegment.ofArray(new byte[10 * PAGE]), 0);
        assertThatThrownBy(() -> file.write(MemorySegment.ofArray(new byte[10 * PAGE]), 10 * PAGE))
            .isInstanceOfSatisfying(
                StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.NO_SPACE));
        long size = file.size();
        file.truncate(30 * PAGE);
        assertThatThrownBy(() -> file.pin(20 * PAGE, 10 * PAGE, Access.WRITE))
            .isInstanceOfSatisfying(
                PinRefusedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NO_SPACE));
        assertThat(read(file, 0, (int) size)).containsOnly(0).hasSize((int) size);
      }
    }
  }
}
