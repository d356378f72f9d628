package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.CachedFile;
import dev.longpin.api.OpenMode;
import dev.longpin.api.Unmapping;
import dev.longpin.api.WritebackException;
import dev.longpin.cache.FaultyStores.Call;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that throws what it should not. */
@Timeout(60)
class UnexpectedErrorTest {

  @TempDir private Path dir;

  /** I3, I5: what was not synced is dirty again, every opener hears of it, and nothing hangs. */
  @Test
  void aSyncThatThrowsIsOneThatFailed() throws Exception {
    try (Rig rig = Rig.ofPages(dir, 2);
        CachedFile other = rig.cache.open(rig.path, OpenMode.WRITE)) {
      CachedFile file = rig.file;
      rig.stores.throwNext(Call.SYNC);
      file.write(MemorySegment.ofArray(new byte[] {'x'}), 0);
      assertThatThrownBy(file::force).isInstanceOf(IllegalStateException.class);
      assertThat(rig.cache.stats().dirtyPages()).isEqualTo(1);
      assertThatThrownBy(other::force).isInstanceOf(WritebackException.class);
      other.force();
      file.evict(0, Rig.PAGE, Unmapping.within(Rig.LONG));
      assertThat(rig.cache.stats().dirtyPages()).isZero();
      assertThat(Files.readAllBytes(rig.path)[0]).isEqualTo((byte) 'x');
    }
  }
}
