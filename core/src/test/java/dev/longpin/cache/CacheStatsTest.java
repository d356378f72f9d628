package dev.longpin.cache;

import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.OpenMode;
import dev.longpin.spi.Store.Feature;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the stats say of the open files' stores. */
@Timeout(60)
class CacheStatsTest {

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 1);
  }

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private void assertWritesAre(boolean safe) {
    assertThat(rig.cache.stats().reservesSpace()).isEqualTo(safe);
    assertThat(rig.cache.stats().punchesHoles()).isEqualTo(safe);
  }

  /** I7: a file that is only read reserves nothing, and needs not. */
  @Test
  void onlyFilesThatCanBeWrittenCountForWhatWritesDo() throws Exception {
    assertWritesAre(true);
    rig.stores.lack(Feature.RESERVE);
    rig.stores.lack(Feature.PUNCH_HOLE);
    Path path = Files.write(dir.resolve("other"), new byte[PAGE]);
    rig.cache.open(path, OpenMode.READ);
    assertWritesAre(true);
    rig.cache.open(path, OpenMode.WRITE);
    assertWritesAre(false);
  }

  @Test
  void withNoFileOpenNothingIsPromised() throws Exception {
    rig.cache.open(rig.path, OpenMode.READ);
    rig.file.close();
    assertWritesAre(true);
    rig.cache.close();
    assertWritesAre(false);
    assertThat(rig.cache.stats().locksFiles()).isFalse();
  }
}
