package dev.longpin.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.api.OpenMode;
import dev.longpin.spi.Store;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file that is made larger by one thread while another writes to what is to be its end. */
@Timeout(60)
class FileChannelStoreGrowthTest {

  private static final int ROUNDS = 3000;
  private static final int LENGTH = 16;

  @TempDir private Path dir;

  /** Growing writes no data: the last byte is the writer's. */
  @Test
  void growthTakesNothingOfAWriteThatLandsMeanwhile() throws Exception {
    Path path = dir.resolve("file");
    byte[] bytes = new byte[LENGTH];
    Arrays.fill(bytes, (byte) 'w');
    MemorySegment source = MemorySegment.ofArray(bytes);
    CyclicBarrier barrier = new CyclicBarrier(2);
    try (Store store = FileChannelStore.open(path, OpenMode.CREATE)) {
      FutureTask<Void> writer =
          new FutureTask<>(() -> {
            for (int i = 0; i < ROUNDS; i++) {
              barrier.await();
              store.write(source, (long) i * LENGTH);
            }
            return null;
          });
      Thread.ofPlatform().daemon().start(writer);
      for (int i = 0; i < ROUNDS; i++) {
        barrier.await();
        store.truncate((i + 1L) * LENGTH);
      }
      writer.get();
    }
    assertThat(Files.size(path)).isEqualTo(ROUNDS * LENGTH);
    byte[] content = Files.readAllBytes(path);
    for (int i = 0; i < content.length; i++) {
      assertThat(content[i]).as("byte %s", i).isEqualTo((byte) 'w');
    }
  }
}
