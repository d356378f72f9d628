package dev.longpin.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.longpin.api.Access;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDeviceTest {
  private static final Stamp STAMP = new Stamp(3);

  @TempDir private Path folder;

  @Test
  void whatWasGatheredIsScatteredAgain() throws IOException {
    try (Arena arena = Arena.ofShared();
        FileDevice device = new FileDevice(folder.resolve("second"))) {
      FakePin from = FakePin.of(arena, 0, Access.READ, 96, 4096, 808);
      for (int i = 0; i < from.pages().length; i++) {
        STAMP.fill(from.pages()[i], i << 20, 1);
      }
      FakePin to = FakePin.of(arena, 0, Access.WRITE, 4096, 904);

      device.store(from, 100);
      device.load(to, 100);

      for (long at = 0; at < from.lengthBytes(); at += Long.BYTES) {
        assertThat(to.getLong(at)).isEqualTo(from.getLong(at));
      }
    }
  }

  @Test
  void thereIsNothingLeftOfTheSecondFileEvenWhileItIsUsed() throws IOException {
    try (FileDevice device = new FileDevice(folder.resolve("second"));
        Stream<Path> files = Files.list(folder)) {
      device.put(ByteBuffer.wrap(new byte[] {1, 2, 3}), 0);
      ByteBuffer read = ByteBuffer.allocate(3);
      device.get(read, 0);

      assertThat(read.array()).containsExactly(1, 2, 3);
      assertThat(files).isEmpty();
    }
  }

  @Test
  void readingPastTheEndOfTheSecondFileFails() throws IOException {
    try (FileDevice device = new FileDevice(folder.resolve("second"))) {
      assertThatExceptionOfType(EOFException.class)
          .isThrownBy(() -> device.get(ByteBuffer.allocate(1), 0));
    }
  }
}
