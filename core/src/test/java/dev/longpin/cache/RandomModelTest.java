package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinState;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Thousands of operations at random against an array of bytes, which is also what the disk must
 * hold after each force; with a flusher that comes by all the time, and long-term pins under which
 * the rest goes on. The seed is in the test's name.
 */
@Timeout(120)
class RandomModelTest {

  private static final Holder HOLDER = new Holder("device", "dma");

  @TempDir private Path dir;

  @ParameterizedTest(name = "pages of {0} bytes, {1} operations, seed {2}")
  @CsvSource({
    "4096, 4000, 1",
    "4096, 4000, 2",
    "4096, 4000, 3",
    "65536, 2000, 4",
    "65536, 2000, 5",
    "2097152, 400, 6"
  })
  void theFileIsWhatTheModelSays(int pageSize, int operations, long seed) throws Exception {
    FaultyStores stores = new FaultyStores();
    CacheConfig config =
        CacheConfig.ofSize(16L * pageSize, pageSize)
            .withBackgroundWriteback(true, Duration.ofMillis(3))
            .withLongtermLimits(8, 8);
    try (PageCache cache = PageCaches.create(config, stores)) {
      new Run(cache, stores, dir.resolve("file"), seed).run(operations);
      assertThat(cache.stats().freeFrames()).isEqualTo(16);
    }
    assertThat(stores.violations()).isEmpty();
  }

  private static final class Run {

    private final FaultyStores stores;
    private final Path path;
    private final PageCache cache;
    private final Random random;
    private final int pageSize;
    private final int maxBytes;
    private final byte[] model;
    private CachedFile file;
    private View view;
    private int size;
    private LongtermPin held;

    Run(PageCache cache, FaultyStores stores, Path path, long seed) throws IOException {
      this.cache = cache;
      this.stores = stores;
      this.path = path;
      this.random = new Random(seed);
      this.pageSize = cache.pageSize();
      this.maxBytes = 24 * pageSize; // more than the cache has frames
      this.model = new byte[maxBytes];
      open();
    }

    private void open() throws IOException {
      file = cache.open(path, OpenMode.CREATE);
      view = file.view(0, maxBytes);
      stores.watchSize(path, file::size);
    }

    void run(int operations) throws Exception {
      for (int i = 0; i < operations; i++) {
        try {
          step();
          assertThat(file.size()).isEqualTo(size);
        } catch (AssertionError | Exception e) {
          throw new AssertionError("operation " + i, e);
        }
      }
      release();
      force();
      file.close();
      assertDisk();
    }

    private void step() throws Exception {
      switch (random.nextInt(24)) {
        case 0, 1, 2, 3 -> write(random.nextInt(maxBytes - 1));
        case 4 -> append();
        case 5, 6, 7, 8 -> read();
        case 9 -> readView();
        case 10, 11, 12 -> pin(Access.values()[random.nextInt(3)]);
        case 13, 14 -> device();
        case 15 -> cutOff();
        case 16 -> punch();
        case 17 -> evict();
        case 18 -> release();
        case 19, 20 -> hold();
        case 21 -> force();
        case 22 -> preallocate();
        default -> closeAndOpen();
      }
    }

    /** Mostly a few bytes, sometimes a few pages. */
    private int length(int max) {
      int most = random.nextInt(6) == 0 ? 3 * pageSize : 3000;
      return 1 + random.nextInt(Math.clamp(max, 1, most));
    }

    private byte[] bytes(int length) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      return bytes;
    }

    /** Sometimes on the border of a page or a block. */
    private int offset(int bound) {
      int offset = random.nextInt(bound);
      return switch (random.nextInt(4)) {
        case 0 -> offset / pageSize * pageSize;
        case 1 -> offset / 4096 * 4096;
        default -> offset;
      };
    }

    private void modelWrite(byte[] bytes, int offset) {
      System.arraycopy(bytes, 0, model, offset, bytes.length);
      size = Math.max(size, offset + bytes.length);
    }

    private void write(int from) throws LongpinException {
      int offset = offset(from + 1);
      byte[] bytes = bytes(length(maxBytes - offset));
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      file.write(buffer, offset);
      assertThat(buffer.hasRemaining()).isFalse();
      modelWrite(bytes, offset);
    }

    private void append() throws LongpinException {
      if (size < maxBytes) {
        byte[] bytes = bytes(length(maxBytes - size));
        assertThat(file.append(MemorySegment.ofArray(bytes))).isEqualTo(size);
        modelWrite(bytes, size);
      }
    }

    private void read() throws LongpinException {
      int offset = offset(maxBytes);
      byte[] bytes = new byte[length(maxBytes)];
      long read = file.read(MemorySegment.ofArray(bytes), offset);
      assertThat(read).isEqualTo(offset >= size ? -1 : Math.min(bytes.length, size - offset));
      assertModel(Arrays.copyOf(bytes, (int) Math.max(0, read)), offset);
    }

    private void assertModel(byte[] bytes, int offset) {
      int at = Arrays.mismatch(bytes, 0, bytes.length, model, offset, offset + bytes.length);
      assertThat(at).as("first wrong byte from %s on", offset).isEqualTo(-1);
    }

    private void readView() throws LongpinException {
      int position = offset(maxBytes - 8);
      if (position + 8 <= size) {
        long expected = ByteBuffer.wrap(model).getLong(position);
        assertThat(Long.reverseBytes(view.getLong(position))).isEqualTo(expected);
      } else {
        assertThatThrownBy(() -> view.getLong(position)).isInstanceOf(PastEndException.class);
      }
    }

    private void pin(Access access) throws LongpinException {
      if (size == 0) {
        return;
      }
      int offset = offset(size);
      int length = length(size - offset);
      try (Pin pin = file.pin(offset, length, access)) {
        if (access != Access.OVERWRITE) {
          assertPinned(pin);
        }
        if (access.writes()) {
          byte[] bytes = bytes(length);
          pin.copyFrom(0, MemorySegment.ofArray(bytes), 0, length);
          modelWrite(bytes, offset);
        }
      }
    }

    private void assertPinned(PinnedMemory pin) {
      byte[] bytes = new byte[(int) pin.lengthBytes()];
      pin.copyTo(0, MemorySegment.ofArray(bytes), 0, bytes.length);
      assertModel(bytes, (int) pin.offset());
    }

    /** A long-term pin is there while other operations go on, until one needs its pages. */
    private void hold() throws LongpinException {
      if (held == null && size > 0) {
        int offset = offset(size);
        int length = length(size - offset);
        Access access = random.nextBoolean() ? Access.READ : Access.WRITE;
        held = file.pinLongterm(offset, length, access, HOLDER, (pin, revocation) -> pin.release());
      }
    }

    private void device() throws LongpinException {
      if (held != null && held.state() == PinState.HELD) {
        assertPinned(held);
        if (held.access().writes()) {
          int from = random.nextInt((int) held.lengthBytes());
          byte[] bytes = bytes(length((int) held.lengthBytes() - from));
          held.copyFrom(from, MemorySegment.ofArray(bytes), 0, bytes.length);
          assertThat(held.complete()).isTrue();
          modelWrite(bytes, (int) held.offset() + from);
        }
      }
    }

    private void release() {
      if (held != null) {
        assertThat(held.release()).as("disconnected").isTrue();
        held = null;
      }
    }

    private void cutOff() throws LongpinException {
      int newSize = random.nextInt(3) == 0 ? offset(maxBytes) : offset(size + 1);
      file.truncate(newSize);
      if (newSize < size) {
        Arrays.fill(model, newSize, size, (byte) 0);
      }
      size = newSize;
    }

    private void punch() throws LongpinException {
      int offset = offset(maxBytes);
      int length = length(maxBytes);
      file.punchHole(offset, length);
      if (offset < size) {
        Arrays.fill(model, offset, Math.min(size, offset + length), (byte) 0);
      }
    }

    private void evict() throws LongpinException {
      file.evict(offset(maxBytes), length(maxBytes), Unmapping.DEFAULT);
    }

    private void preallocate() throws LongpinException {
      int offset = offset(maxBytes);
      file.preallocate(offset, length(maxBytes - offset));
    }

    private void force() throws IOException {
      file.force();
      assertThat(stores.unsyncedWrites()).isEmpty();
      assertDisk();
    }

    private void assertDisk() throws IOException {
      byte[] disk = Files.readAllBytes(path);
      assertThat(disk.length).as("size on disk").isEqualTo(size);
      assertModel(disk, 0);
    }

    private void closeAndOpen() throws IOException {
      if (random.nextInt(5) == 0) {
        release();
        file.close();
        assertDisk();
        open();
      }
    }
  }
}
