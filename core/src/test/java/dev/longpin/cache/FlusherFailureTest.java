package dev.longpin.cache;

import static dev.longpin.cache.Rig.FRAMES;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.LongpinException;
import dev.longpin.api.WritebackException;
import dev.longpin.cache.FaultyStores.Call;
import dev.longpin.cache.FaultyStores.Stop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever goes wrong with one file, background writeback goes on. */
@Timeout(60)
class FlusherFailureTest {

  @TempDir private Path dir;
  private Rig rig;

  @AfterEach
  void close() throws Exception {
    rig.close();
  }

  private static CacheConfig busy(CacheConfig config) {
    return config.withBackgroundWriteback(true, Duration.ofMillis(5));
  }

  /** Writes to another file, and waits until the flusher has cleaned it. */
  private void assertFlusherAlive() throws Exception {
    CachedFile other = rig.open("other", 1, 'o');
    Rig.write(other, 0, PAGE, 'n');
    Later.await(() -> {
      try {
        return Files.readAllBytes(other.path())[0] == 'n';
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    other.close();
  }

  @Test
  void aGateThatThrowsConcernsItsOwnFileAlone() throws Exception {
    rig = Rig.of(dir, PAGE, FlusherFailureTest::busy);
    IllegalStateException full = new IllegalStateException("the log is full");
    assertBackgroundRecords(full);
  }

  @Test
  void nothingThatAGateThrowsEndsTheFlusher() throws Exception {
    rig = Rig.of(dir, PAGE, FlusherFailureTest::busy);
    assertBackgroundRecords(new AssertionError("the log is broken"));
  }

  private void assertBackgroundRecords(Throwable thrown) throws Exception {
    AtomicInteger asked = new AtomicInteger();
    rig.file.setWritebackGate((pageIndex, forced) -> {
      asked.incrementAndGet();
      if (thrown instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) thrown;
    });
    rig.write(0, 1, 'w');
    Later.await(() -> asked.get() > 1);
    assertFlusherAlive();
    rig.file.setWritebackGate((pageIndex, forced) -> forced);
    assertThatThrownBy(rig.file::force).isInstanceOf(WritebackException.class).hasCause(thrown);
    rig.file.setWritebackGate(null);
    rig.write(0, 1, 'x');
    rig.awaitDisk(0, 'x');
  }

  @Test
  void aGateThatInterruptsItsThreadDoesNotEndTheFlusher() throws Exception {
    rig = Rig.of(dir, PAGE, FlusherFailureTest::busy);
    AtomicInteger asked = new AtomicInteger();
    rig.file.setWritebackGate((pageIndex, forced) -> {
      asked.incrementAndGet();
      Thread.currentThread().interrupt();
      return false;
    });
    rig.write(0, 1, 'w');
    Later.await(() -> asked.get() > 2);
    assertFlusherAlive();
    rig.file.setWritebackGate(null);
    rig.awaitDisk(0, 'w');
  }

  /** A write of two runs: the file is closed while the first hangs, so the second finds no file. */
  @Test
  void aFileThatIsClosedUnderAWriteDoesNotEndTheFlusher() throws Exception {
    int page = 4 * PAGE;
    rig =
        Rig.of(
            dir,
            page,
            config ->
                busy(CacheConfig.ofSize((long) FRAMES * page, page))
                    .withReadahead(0)
                    .withDeadline(Duration.ofMillis(300)));
    rig.file.setBackgroundWriteback(false);
    rig.write(0, PAGE, 'w');
    rig.write(2 * PAGE, PAGE, 'w');
    Stop stop = rig.stores.stopNext(Call.WRITE);
    rig.file.setBackgroundWriteback(true);
    stop.awaitReached();
    assertThatThrownBy(rig.file::close).isInstanceOf(LongpinException.class);
    stop.letGo();
    assertFlusherAlive();
    assertThat(rig.diskLetter(0)).isEqualTo('w');
    assertThat(rig.diskLetter(2 * PAGE)).isEqualTo('A');
  }
}
