package dev.longpin.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CachedFile;
import dev.longpin.api.Holder;
import dev.longpin.api.IndeterminateException;
import dev.longpin.api.LongpinException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PageCache;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.PinState;
import dev.longpin.api.PinnedMemory;
import dev.longpin.api.StoreException;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.api.WritebackException;
import dev.longpin.cache.FaultyStores.Call;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * One file, its model, and what happens to both at random, as the seed says. The store may fail now
 * and then: then an operation did nothing, or as much as it says.
 */
final class ModelRun extends FileModel {

  private static final Holder HOLDER = new Holder("device", "dma");
  private static final Call[] FAILING = {
    Call.READ, Call.WRITE, Call.SYNC, Call.TRUNCATE, Call.PUNCH_HOLE, Call.RESERVE
  };

  private final boolean failing;
  private final FaultyStores stores;
  private final Path path;
  private final Disk disk;
  private final PageCache cache;
  private CachedFile file;
  private View view;
  private volatile LongtermPin held;

  /** What is in the file, past the cache. */
  @FunctionalInterface
  interface Disk {
    byte[] read() throws IOException;
  }

  ModelRun(PageCache cache, FaultyStores stores, Path path, long seed, boolean failing)
      throws IOException {
    this(cache, stores, path, () -> Files.readAllBytes(path), seed, failing);
  }

  /** Makes one on a file that is found by other means, on stores that don't fail. */
  ModelRun(PageCache cache, Path path, Disk disk, long seed) throws IOException {
    this(cache, new FaultyStores(), path, disk, seed, false);
  }

  private ModelRun(
      PageCache cache, FaultyStores stores, Path path, Disk disk, long seed, boolean failing)
      throws IOException {
    super(cache.pageSize(), seed);
    this.disk = disk;
    this.failing = failing;
    this.cache = cache;
    this.stores = stores;
    this.path = path;
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
        if (failing && random.nextInt(3) == 0) {
          stores.failNext(FAILING[random.nextInt(FAILING.length)]);
        }
        step();
        stores.heal();
        assertThat(file.size()).isEqualTo(size);
      } catch (AssertionError | Exception e) {
        throw new AssertionError("operation " + i, e);
      }
    }
    release();
    force();
    force(); // a failure in the background is reported once
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

  /** An operation, which may fail if the store does. */
  @FunctionalInterface
  private interface Operation {
    void run() throws IOException;
  }

  /** Runs an operation; returns how it failed, or null. */
  private LongpinException attempt(Operation operation) throws IOException {
    try {
      operation.run();
      return null;
    } catch (LongpinException e) {
      if (!failing) {
        throw e;
      }
      assertThat(e)
          .isInstanceOfAny(
              StoreException.class, WritebackException.class, IndeterminateException.class);
      stores.heal();
      return e;
    }
  }

  private void write(int from) throws IOException {
    int offset = offset(from + 1);
    byte[] bytes = bytes(length(maxBytes - offset));
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    LongpinException failure = attempt(() -> file.write(buffer, offset));
    assertThat(buffer.position()).isEqualTo(done(failure, bytes.length));
    modelWrite(Arrays.copyOf(bytes, buffer.position()), offset);
    if (failure != null) {
      assertThat(file.size()).isBetween((long) size, (long) Math.max(size, offset));
      size = (int) file.size(); // it may have made a hole up to what it could not write
    }
  }

  private static int done(LongpinException failure, int length) {
    return failure == null ? length : (int) failure.bytesDone();
  }

  private void append() throws IOException {
    if (size < maxBytes) {
      int offset = size;
      byte[] bytes = bytes(length(maxBytes - offset));
      LongpinException failure =
          attempt(() -> assertThat(file.append(MemorySegment.ofArray(bytes))).isEqualTo(offset));
      modelWrite(Arrays.copyOf(bytes, done(failure, bytes.length)), offset);
      assertThat(file.size()).isBetween((long) size, (long) offset + bytes.length);
      size = (int) file.size(); // it makes its room before it writes
    }
  }

  private void read() throws IOException {
    int offset = offset(maxBytes);
    ByteBuffer buffer = ByteBuffer.allocate(length(maxBytes));
    int[] read = new int[1];
    LongpinException failure = attempt(() -> read[0] = file.read(buffer, offset));
    if (failure == null) {
      int inFile = Math.min(buffer.capacity(), size - offset);
      assertThat(read[0]).isEqualTo(offset >= size ? -1 : inFile);
    } else {
      assertThat(buffer.position()).isEqualTo((int) failure.bytesDone());
    }
    assertModel(Arrays.copyOf(buffer.array(), buffer.position()), offset);
  }

  private void readView() throws IOException {
    int position = offset(maxBytes - 8);
    if (position + 8 <= size) {
      long expected = ByteBuffer.wrap(model).order(ByteOrder.LITTLE_ENDIAN).getLong(position);
      attempt(() -> assertThat(view.getLong(position)).isEqualTo(expected));
    } else {
      assertThatThrownBy(() -> view.getLong(position)).isInstanceOf(PastEndException.class);
    }
  }

  private void pin(Access access) throws IOException {
    if (size == 0) {
      return;
    }
    int offset = offset(size);
    int length = length(size - offset);
    attempt(() -> {
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
    });
  }

  private void assertPinned(PinnedMemory pin) {
    byte[] bytes = new byte[(int) pin.lengthBytes()];
    pin.copyTo(0, MemorySegment.ofArray(bytes), 0, bytes.length);
    assertModel(bytes, (int) pin.offset());
  }

  /** A long-term pin is there while other operations go on, until one needs its pages. */
  private void hold() throws IOException {
    if (held == null && size > 0) {
      int offset = offset(size);
      int length = length(size - offset);
      Access access = random.nextBoolean() ? Access.READ : Access.WRITE;
      attempt(() ->
          held =
              file.pinLongterm(offset, length, access, HOLDER, (pin, revocation) -> pin.release()));
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

  private void cutOff() throws IOException {
    int newSize = random.nextInt(3) == 0 ? offset(maxBytes) : offset(size + 1);
    LongpinException failure = attempt(() -> file.truncate(newSize));
    if (failure == null || failure instanceof IndeterminateException) {
      if (newSize < size) {
        Arrays.fill(model, newSize, size, (byte) 0);
      }
      size = newSize;
    }
  }

  private void punch() throws IOException {
    int offset = offset(maxBytes);
    int length = length(maxBytes);
    LongpinException failure = attempt(() -> file.punchHole(offset, length));
    int end = Math.min(size, offset + length);
    if (offset < end && failure == null) {
      Arrays.fill(model, offset, end, (byte) 0);
    } else if (offset < end && failure instanceof IndeterminateException) {
      byte[] content = Arrays.copyOf(disk.read(), maxBytes); // "what the store has now"
      System.arraycopy(content, offset, model, offset, end - offset);
    }
  }

  private void evict() throws IOException {
    attempt(() -> file.evict(offset(maxBytes), length(maxBytes), Unmapping.DEFAULT));
  }

  private void preallocate() throws IOException {
    int offset = offset(maxBytes);
    attempt(() -> file.preallocate(offset, length(maxBytes - offset)));
  }

  private void force() throws IOException {
    if (attempt(file::force) == null) {
      assertThat(stores.unsyncedWrites()).isEmpty();
      assertDisk();
    }
  }

  private void assertDisk() throws IOException {
    byte[] content = disk.read();
    assertThat(content.length).as("size on disk").isEqualTo(size);
    assertModel(content, 0);
  }

  private void closeAndOpen() throws IOException {
    if (random.nextInt(5) == 0) {
      release();
      if (attempt(() -> file.close(Rig.LONG)) == null) {
        assertDisk();
        open();
      }
    }
  }
}
