package dev.longpin.cache;

import static dev.longpin.cache.Rig.LONG;
import static dev.longpin.cache.Rig.PAGE;
import static dev.longpin.cache.Rig.SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.StoreException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** I3: two caches on one file would write over each other's pages. */
@Timeout(60)
class TwoCachesTest {

  @TempDir private Path dir;
  private Rig rig;
  private PageCache other;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.of(dir, PAGE, config -> config.withDeadline(SHORT));
    other = PageCaches.create(Rig.config(PAGE), rig.stores);
  }

  @AfterEach
  void close() throws Exception {
    other.close();
    rig.close();
  }

  private static void assertTaken(PageCache cache, Path path, OpenMode mode) {
    assertThatThrownBy(() -> cache.open(path, mode))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.LOCKED))
        .hasMessageContaining("another page cache of this process");
  }

  @Test
  void aFileThatOneWritesIsNotForAnother() throws Exception {
    assertTaken(other, rig.path, OpenMode.WRITE);
    assertTaken(other, Files.createLink(dir.resolve("link"), rig.path), OpenMode.READ);
    rig.cache.open(rig.path, OpenMode.WRITE).close(); // the same cache may have it twice
    rig.file.close();
    other.open(rig.path, OpenMode.WRITE).close();
  }

  @Test
  void whatAllOnlyReadIsForAll() throws Exception {
    rig.file.close();
    try (CachedFile mine = rig.cache.open(rig.path, OpenMode.READ);
        CachedFile theirs = other.open(rig.path, OpenMode.READ)) {
      assertThat(mine.size()).isEqualTo(theirs.size());
      assertTaken(rig.cache, rig.path, OpenMode.WRITE);
    }
    rig.cache.open(rig.path, OpenMode.WRITE).close();
  }

  @Test
  void aFileIsTakenForAsLongAsAWriteOfItHangs() throws Exception {
    rig.write(0, PAGE, 'o');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    Later<Void> force = Later.run(() -> rig.file.force(0, Long.MAX_VALUE, LONG));
    stop.awaitReached();
    assertThatThrownBy(rig.file::close).isInstanceOf(DeadlineExceededException.class);
    assertTaken(other, rig.path, OpenMode.WRITE);
    stop.letGo();
    Later.await(force::isDone);
    Later.await(() -> opens(other, rig.path));
  }

  private static boolean opens(PageCache cache, Path path) {
    try {
      cache.open(path, OpenMode.WRITE).close();
      return true;
    } catch (StoreException e) {
      return false;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
