package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;

import dev.longpin.linux.sys.ErrnoException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What Linux does on DAX while a direct I/O has pages of a file pinned: a truncate or a punch waits
 * until the I/O is over, so that no other file has its blocks while a disk still accesses them
 * (fs/dax.c, dax_layout_busy_page; hazard H7). Elsewhere it doesn't.
 *
 * <p>The disk accesses the memory at the end of its delay, when a cut that had not waited would be
 * long over.
 */
@Tag("dax")
@Timeout(120)
class ShortPinTest {

  private static final int BLOCK = 4096;
  private static final int BYTES = 16 * BLOCK;

  /** What the pages have before the I/O; the disk has something else. */
  private static final byte OLD = 'o';

  private static final byte NEW = 'n';

  private Path dir;
  private Path disk;

  @BeforeEach
  void findMount() {
    dir = DaxMount.directory();
    disk = DaxMount.slowDisk();
  }

  /**
   * A cut that was made while an I/O was in flight.
   *
   * @param waited whether the I/O was over when it returned
   */
  private record Cut(boolean waited, Duration took) {}

  @FunctionalInterface
  private interface Operation {
    void run() throws IOException;
  }

  private static Cut during(SlowIo io, Operation operation) throws IOException {
    assertThat(io.isInFlight()).isTrue();
    long start = System.nanoTime();
    operation.run();
    boolean waited = !io.isInFlight();
    Cut cut = new Cut(waited, Duration.ofNanos(System.nanoTime() - start));
    System.out.printf(
        "%s in %d ms, %d ms after the I/O began%n",
        waited ? "waited, cut" : "cut", cut.took.toMillis(), io.age().toMillis());
    return cut;
  }

  /** Nearly as long as the I/O took, so it was for the I/O. */
  private static void assertWaited(Cut cut, SlowIo io) {
    assertThat(cut.waited).isTrue();
    assertThat(cut.took).isGreaterThan(io.age().dividedBy(2));
  }

  private static void assertAll(byte value, MemorySegment memory) {
    byte[] expected = new byte[(int) memory.byteSize()];
    Arrays.fill(expected, value);
    assertThat(memory.mismatch(MemorySegment.ofArray(expected)))
        .as("where the first byte is that is not %s", value)
        .isEqualTo(-1);
  }

  private static MemorySegment pages(MappedFile file, int from, int to) {
    return file.memory().asSlice((long) from * BLOCK, (long) (to - from) * BLOCK);
  }

  @Test
  void aTruncateWaitsForADirectReadIntoItsPagesAndNothingOfItComesBack() throws Exception {
    try (MappedFile file = MappedFile.onDax(dir, BYTES)) {
      file.memory().fill(OLD);
      try (SlowIo read = SlowIo.read(disk, pages(file, 4, 12))) {
        assertWaited(during(read, () -> file.truncate(4 * BLOCK)), read);
        assertThat(read.await()).isEqualTo(8 * BLOCK);
      }
      file.truncate(BYTES);
      assertAll(OLD, pages(file, 0, 4));
      assertAll((byte) 0, pages(file, 4, 16));
    }
  }

  @Test
  void aTruncateWaitsForADirectWriteOfItsPagesSoThatTheDiskGetsWhatTheyHad() throws Exception {
    try (MappedFile file = MappedFile.onDax(dir, BYTES);
        MappedFile copy = MappedFile.inMemory(BYTES, 0)) {
      file.memory().fill(OLD);
      try (SlowIo write = SlowIo.write(disk, file.memory())) {
        assertWaited(during(write, () -> file.truncate(0)), write);
        assertThat(write.await()).isEqualTo(BYTES);
      }
      try (SlowIo read = SlowIo.read(disk, copy.memory())) {
        assertThat(read.await()).isEqualTo(BYTES);
      }
      assertAll(OLD, copy.memory());
    }
  }

  /** The file system is full but for them, so whoever gets space gets these blocks. */
  @Test
  void punchedBlocksAreNoOtherFilesUntilTheReadIntoThemIsOver() throws Exception {
    try (MappedFile rest = MappedFile.onDax(dir, BLOCK);
        MappedFile file = MappedFile.onDax(dir, BYTES);
        var puncher = Executors.newSingleThreadExecutor()) {
      file.memory().fill(OLD);
      rest.takeAllSpace(BLOCK);
      try (SlowIo read = SlowIo.read(disk, file.memory())) {
        Future<Cut> punch = puncher.submit(() -> during(read, () -> file.punch(0, BYTES)));
        assertNoSpaceWhileInFlight(read);
        assertWaited(punch.get(60, TimeUnit.SECONDS), read);
        try (MappedFile other = MappedFile.onDax(dir, BYTES)) {
          assertAll((byte) 0, other.memory());
          other.memory().fill(NEW);
          assertThat(read.await()).isEqualTo(BYTES);
          assertAll(NEW, other.memory());
        }
      }
      assertAll((byte) 0, file.memory());
    }
  }

  private void assertNoSpaceWhileInFlight(SlowIo io) throws Exception {
    int refused = 0;
    while (true) {
      String result = tryToMakeAFile();
      if (!io.isInFlight()) {
        break; // it may have ended before the attempt did
      }
      assertThat(result).isEqualTo("ENOSPC");
      refused++;
      Thread.sleep(10);
    }
    assertThat(refused).isPositive();
    System.out.printf("no space, said %d times%n", refused);
  }

  private String tryToMakeAFile() throws IOException {
    try (MappedFile _ = MappedFile.onDax(dir, BLOCK)) {
      return "made";
    } catch (ErrnoException e) {
      return e.errnoName();
    }
  }

  /** What the tests above would see if DAX didn't wait. */
  @Test
  void aTruncateOfAFileInMemoryDoesNotWaitAndTheReadIsLost() throws Exception {
    try (MappedFile file = MappedFile.inMemory(BYTES, 0)) {
      file.memory().fill(OLD);
      try (SlowIo read = SlowIo.read(disk, file.memory())) {
        Cut cut = during(read, () -> file.truncate(0));
        assertThat(cut.waited).isFalse();
        file.truncate(BYTES);
        assertThat(read.await()).isEqualTo(BYTES);
      }
      assertAll((byte) 0, file.memory());
    }
  }
}
