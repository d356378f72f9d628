package dev.longpin.linux.dax;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.DeadlineExceededException;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.Pin;
import dev.longpin.api.PinPolicies;
import dev.longpin.api.PinRefusedException;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapRefusedException;
import dev.longpin.api.Unmapping;
import dev.longpin.cache.PageCaches;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a cache does whose pages are those of files in a directory: with DAX, or on tmpfs. */
@Timeout(120)
abstract class DaxFiles {

  static final int PAGE = DaxDirectory.PAGE_SIZE;
  static final int CAPACITY = 8 << 20;
  static final Holder HOLDER = new Holder("client", "nic");
  static final Duration SHORT = Duration.ofMillis(100);

  Path dir;
  DaxDirectory storage;
  PageCache cache;

  /** Returns the directory of files; skips the test where there is none. */
  abstract Path root() throws IOException;

  @BeforeEach
  void open() throws IOException {
    dir = Files.createTempDirectory(root(), "longpin-dax-test-");
    storage = DaxDirectory.of(dir, CAPACITY);
    cache = cache(config());
  }

  CacheConfig config() {
    return storage.config().withPolicy(PinPolicies.REVOKE);
  }

  PageCache cache(CacheConfig config) {
    return PageCaches.createDax(config, storage);
  }

  @AfterEach
  void close() throws IOException {
    if (cache != null) {
      cache.close();
    }
    if (dir != null) {
      try (var files = Files.list(dir)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(dir);
    }
  }

  CachedFile file(String name, int pages) throws IOException {
    byte[] content = new byte[pages * PAGE];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) ('A' + i / PAGE % 26);
    }
    return cache.open(Files.write(dir.resolve(name), content), OpenMode.WRITE);
  }

  static void dma(MemorySegment memory, long position, char letter) {
    memory.set(ValueLayout.JAVA_BYTE, position, (byte) letter);
  }

  static byte[] read(CachedFile file, long offset, int length) throws LongpinException {
    byte[] bytes = new byte[length];
    long read = file.read(MemorySegment.ofArray(bytes), offset);
    return Arrays.copyOf(bytes, (int) Math.max(0, read));
  }

  @Test
  void whatAPinWritesIsInTheFile() throws IOException {
    CachedFile file = file("f", 3);
    try (Pin pin = file.pin(PAGE, PAGE, Access.WRITE)) {
      dma(pin.unsafeSegment(0), 7, 'd');
      assertThat(Files.readAllBytes(dir.resolve("f"))[PAGE + 7]).isEqualTo((byte) 'd');
    }
    file.force();
    assertThat(cache.stats().writebacks()).isZero();
  }

  @Test
  void longtermPinsAreRefusedByDefault() throws IOException {
    try (PageCache refusing = cache(storage.config())) {
      Path path = Files.write(dir.resolve("f"), new byte[PAGE]);
      CachedFile file = refusing.open(path, OpenMode.WRITE);
      assertThatThrownBy(() -> file.pinLongterm(0, 1, Access.READ, HOLDER))
          .isInstanceOfSatisfying(
              PinRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(PinRefusedException.Reason.DAX));
    }
  }

  /** I2: the kernel gets the space back when no device can reach it. */
  @Test
  void truncateWaitsForALongtermPin() throws IOException {
    CachedFile file = file("f", 3);
    LongtermPin pin = file.pinLongterm(2 * PAGE, 1, Access.WRITE, HOLDER);
    assertThatThrownBy(() -> file.truncate(PAGE, Unmapping.within(SHORT)))
        .isInstanceOf(DeadlineExceededException.class);
    assertThat(Files.size(dir.resolve("f"))).isEqualTo(3 * PAGE);
    dma(pin.unsafeSegment(0), 0, 'd'); // no SIGBUS
    assertThat(pin.release()).isTrue();
    file.truncate(PAGE);
    assertThat(Files.size(dir.resolve("f"))).isEqualTo(PAGE);
    file.truncate(3 * PAGE);
    assertThat(read(file, PAGE, 2 * PAGE)).containsOnly(0);
  }

  @Test
  void punchWaitsForAShortPinAndAPinAfterItGetsNewSpace() throws IOException {
    CachedFile file = file("f", 3);
    try (Pin _ = file.pin(PAGE, PAGE, Access.WRITE)) {
      assertThatThrownBy(() -> file.punchHole(PAGE, PAGE, Unmapping.within(SHORT)))
          .isInstanceOf(DeadlineExceededException.class);
    }
    file.punchHole(PAGE, PAGE);
    assertThat(read(file, PAGE, PAGE)).containsOnly(0);
    try (Pin pin = file.pin(PAGE, PAGE, Access.WRITE)) {
      dma(pin.unsafeSegment(0), 1, 'n');
    }
    assertThat(Files.readAllBytes(dir.resolve("f"))[PAGE + 1]).isEqualTo((byte) 'n');
  }

  @Test
  void aDisconnectIsRefused() throws IOException {
    CachedFile file = file("f", 1);
    assertThatThrownBy(() -> file.truncate(0, Unmapping.DEFAULT.orDisconnect()))
        .isInstanceOf(UnmapRefusedException.class);
  }

  /** I1: a mapping that a device still reaches stays, and its file stays locked. */
  @Test
  void aPinThatOutlivesItsFileKeepsTheMapping() throws IOException {
    PageCache other = cache(config().withDeadline(SHORT));
    Path path = Files.write(dir.resolve("f"), new byte[PAGE]);
    CachedFile file = other.open(path, OpenMode.WRITE);
    LongtermPin pin = file.pinLongterm(0, PAGE, Access.WRITE, HOLDER);
    MemorySegment memory = pin.unsafeSegment(0);
    file.close();
    assertThatThrownBy(() -> other.open(path, OpenMode.WRITE))
        .isInstanceOf(DeadlineExceededException.class);
    other.close();
    assertThat(other.stats().leakedFrames()).isOne();
    dma(memory, 3, 'd');
    assertThat(Files.readAllBytes(path)[3]).isEqualTo((byte) 'd');
    assertThatThrownBy(() -> cache.open(path, OpenMode.WRITE)).isInstanceOf(StoreException.class);
    assertThat(pin.release()).as("not disconnected").isFalse();
    assertThat(other.stats().leakedFrames()).isZero();
  }

  @Test
  void aFileThatIsReadCanBeOpenedForWritingToo() throws IOException {
    Path path = Files.write(dir.resolve("f"), new byte[2 * PAGE]);
    CachedFile reader = cache.open(path, OpenMode.READ);
    Pin read = reader.pin(0, 1, Access.READ);
    CachedFile writer = cache.open(path, OpenMode.WRITE);
    writer.write(MemorySegment.ofArray(new byte[] {7}), 0);
    assertThat(read.getByte(0)).isEqualTo((byte) 7);
    read.close();
    writer.truncate(0);
    assertThat(reader.size()).isZero();
  }

  @Test
  void aFullWindowIsTypedAndFreeAgainWhenItsFileIsClosed() throws IOException {
    Path path = dir.resolve("large");
    CachedFile file = cache.open(path, OpenMode.CREATE);
    file.truncate(2L * CAPACITY);
    for (long at = 0; at < CAPACITY; at += 2 << 20) {
      file.pin(at, 1, Access.WRITE).close();
    }
    assertThat(cache.stats().freeFrames()).isEqualTo(CAPACITY / PAGE - 4);
    file.close();
    try (CachedFile again = cache.open(path, OpenMode.WRITE)) {
      again.pin(CAPACITY, 1, Access.WRITE).close();
    }
  }

  @Test
  void noRoomToMapAPageIsATypedRefusal() throws IOException {
    try (PageCache hasty = cache(config().withDeadline(SHORT))) {
      CachedFile file = hasty.open(dir.resolve("large"), OpenMode.CREATE);
      file.truncate(2L * CAPACITY);
      for (long at = 0; at < CAPACITY; at += 2 << 20) {
        file.pin(at, 1, Access.WRITE).close();
      }
      assertThatThrownBy(() -> file.pin(CAPACITY, 1, Access.WRITE))
          .isInstanceOfSatisfying(
              PinRefusedException.class,
              e -> assertThat(e.reason()).isEqualTo(PinRefusedException.Reason.NO_FRAME));
    }
  }

  /** What is read, and what is in the file, is what an array of bytes would have. */
  @Test
  void theFileIsWhatTheModelSays() throws IOException {
    int max = 40 * PAGE;
    Random random = new Random(5);
    byte[] model = new byte[max];
    int size = 0;
    CachedFile file = cache.open(dir.resolve("f"), OpenMode.CREATE);
    for (int i = 0; i < 2_000; i++) {
      int from = random.nextInt(max - 1);
      int length = 1 + random.nextInt(Math.min(max - from, 3 * PAGE));
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          byte[] bytes = new byte[length];
          random.nextBytes(bytes);
          file.write(MemorySegment.ofArray(bytes), from);
          System.arraycopy(bytes, 0, model, from, length);
          size = Math.max(size, from + length);
        }
        case 2 -> {
          file.truncate(from);
          if (from < size) {
            Arrays.fill(model, from, size, (byte) 0);
          }
          size = from;
        }
        case 3 -> {
          file.punchHole(from, length);
          if (from < size) {
            Arrays.fill(model, from, Math.min(size, from + length), (byte) 0);
          }
        }
        case 4 -> {
          if (from + length <= size) {
            try (Pin pin = file.pin(from, length, Access.WRITE)) {
              pin.putByte(length - 1, (byte) i);
              model[from + length - 1] = (byte) i;
            }
          }
        }
        default -> {
          if (random.nextInt(10) == 0) {
            file.close();
            file = cache.open(dir.resolve("f"), OpenMode.WRITE);
          }
        }
      }
      int end = Math.max(from, Math.min(size, from + length));
      assertThat(read(file, from, length))
          .as("%s", i)
          .isEqualTo(Arrays.copyOfRange(model, from, end));
    }
    file.force();
    assertThat(Files.readAllBytes(dir.resolve("f"))).isEqualTo(Arrays.copyOf(model, size));
  }
}
