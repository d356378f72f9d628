package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.longpin.linux.sys.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** MAP_SYNC is granted where the storage itself is mapped, and nowhere else. */
@Tag("dax")
@Timeout(60)
class MapSyncTest {

  private static final int BYTES = 16 << 12;

  private Path dir;

  @BeforeEach
  void findMount() {
    dir = DaxMount.directory();
  }

  @Test
  void aFileOnDaxIsMappedWithMapSyncAndReadsAndWritesOfTheFileSeeTheSameMemory() throws Exception {
    try (MappedFile file = MappedFile.onDax(dir, BYTES);
        FileChannel channel =
            FileChannel.open(file.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      MemorySegment memory = file.memory();
      assertThat(memory.get(ValueLayout.JAVA_BYTE, BYTES - 1)).isZero();
      memory.set(ValueLayout.JAVA_BYTE, 4096, (byte) 42);
      ByteBuffer read = ByteBuffer.allocate(1);
      assertThat(channel.read(read, 4096)).isOne();
      assertThat(read.get(0)).isEqualTo((byte) 42);
      assertThat(channel.write(ByteBuffer.wrap(new byte[] {7}), 8192)).isOne();
      assertThat(memory.get(ValueLayout.JAVA_BYTE, 8192)).isEqualTo((byte) 7);
    }
  }

  @Test
  void aFileInMemoryRefusesMapSync() {
    assertThatExceptionOfType(ErrnoException.class)
        .isThrownBy(() -> MappedFile.inMemory(BYTES, MappedFile.SYNC).close())
        .matches(e -> e.errnoName().equals("EOPNOTSUPP"), "EOPNOTSUPP");
  }

  @Test
  void aFileOfAnotherFileSystemRefusesMapSync(@TempDir Path elsewhere) {
    assertThatExceptionOfType(ErrnoException.class)
        .isThrownBy(() -> MappedFile.onDax(elsewhere, BYTES).close())
        .matches(e -> e.errnoName().equals("EOPNOTSUPP"), "EOPNOTSUPP");
  }
}
