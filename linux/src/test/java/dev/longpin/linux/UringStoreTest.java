package dev.longpin.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.base.Deadline;
import dev.longpin.contract.Mount;
import dev.longpin.contract.StoreContract;
import dev.longpin.contract.StoreTests;
import dev.longpin.spi.Engine;
import dev.longpin.spi.Store;
import dev.longpin.spi.Store.Feature;
import dev.longpin.spi.StoreProvider;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The store whose data moves by io_uring: the contract, and what it does beyond it. */
class UringStoreTest extends StoreContract {

  private static final int PAGE = 4096;
  private static final int FRAMES = 256;

  private Engine engine;
  private MemorySegment frames;

  @BeforeEach
  void available() {
    LinuxStoreProvider provider = new LinuxStoreProvider();
    StoreTests.skipUnless(provider.isAvailable(), provider.problem());
    engine = provider.engine((long) FRAMES * PAGE, PAGE);
    frames = engine.memory().segment();
    StoreTests.skipUnless(
        engine.info().name().equals("io_uring"), String.join(" ", engine.info().notes()));
  }

  @AfterEach
  void free() {
    if (engine != null) {
      engine.memory().free();
    }
  }

  @Override
  protected StoreProvider provider() {
    return new StoreProvider() {
      @Override
      public String name() {
        return "io_uring";
      }

      @Override
      public int rank() {
        return 0;
      }

      @Override
      public boolean isAvailable() {
        return true;
      }

      @Override
      public Store open(Path path, OpenMode mode) throws StoreException {
        return engine.open(path, mode);
      }
    };
  }

  private MemorySegment frame(int index, int pages) {
    return frames.asSlice((long) index * PAGE, (long) pages * PAGE);
  }

  private static void fill(MemorySegment memory, long seed) {
    byte[] bytes = new byte[(int) memory.byteSize()];
    new Random(seed).nextBytes(bytes);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, 0, bytes.length);
  }

  @Test
  void framesAreZeroedAlignedAndOfTheirSize() {
    assertThat(frames.byteSize()).isEqualTo((long) FRAMES * PAGE);
    assertThat(frames.address() % PAGE).isZero();
    assertThat(frames.mismatch(MemorySegment.ofArray(new byte[FRAMES * PAGE]))).isEqualTo(-1);
  }

  @Test
  void framesMoveWhole() throws Exception {
    fill(frame(0, 64), 1);
    try (Store store = create("f")) {
      store.write(frame(0, 64), 5 * PAGE);
      assertThat(store.read(frame(64, 64), 5 * PAGE)).isEqualTo(64 * PAGE);
      assertThat(frame(64, 64).mismatch(frame(0, 64))).isEqualTo(-1);
      store.sync();
    }
    assertThat(Files.size(dir.resolve("f"))).isEqualTo(69 * PAGE);
    byte[] seen = Files.readAllBytes(dir.resolve("f"));
    assertThat(MemorySegment.ofArray(seen).asSlice(5 * PAGE).mismatch(frame(0, 64))).isEqualTo(-1);
  }

  @Test
  void aTailIsNeverWrittenLonger() throws Exception {
    for (int bytes : new int[] {1, 511, 512, 513, 4095, 4096, 4097, 3 * PAGE + 7}) {
      fill(frame(0, 4), bytes);
      try (Store store = create("tail-" + bytes)) {
        store.write(frame(0, 4).asSlice(0, bytes), 0);
        assertThat(store.stamp().sizeBytes()).isEqualTo(bytes);
        frame(4, 4).fill((byte) 9);
        assertThat(store.read(frame(4, 4), 0)).isEqualTo(bytes);
        MemorySegment wanted = frame(0, 4).asSlice(0, bytes);
        assertThat(frame(4, 4).asSlice(0, bytes).mismatch(wanted)).isEqualTo(-1);
        store.sync();
      }
      assertThat(Files.size(dir.resolve("tail-" + bytes))).isEqualTo(bytes);
    }
  }

  @Test
  void bothWaysSeeTheSameBytes() throws Exception {
    Random random = new Random(7);
    byte[] model = new byte[16 * PAGE];
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(model), 0);
      for (int i = 0; i < 300; i++) {
        int at = random.nextInt(model.length);
        int length = 1 + random.nextInt(Math.min(3 * PAGE, model.length - at));
        boolean direct = random.nextBoolean() && length >= PAGE;
        if (direct) {
          at &= -PAGE;
        }
        MemorySegment source = frame(0, 3).asSlice(0, length);
        fill(source, i);
        store.write(direct ? source : heap(source), at);
        MemorySegment.copy(source, 0, MemorySegment.ofArray(model), at, length);
        int from = random.nextInt(16) * PAGE;
        assertThat(store.read(frame(8, 1), from)).isEqualTo(PAGE);
        MemorySegment wanted = MemorySegment.ofArray(model).asSlice(from, PAGE);
        assertThat(frame(8, 1).mismatch(wanted)).as("at " + from + ", round " + i).isEqualTo(-1);
      }
    }
  }

  private static MemorySegment heap(MemorySegment memory) {
    return MemorySegment.ofArray(memory.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }

  @Test
  void startedReadsEndWithoutAWait() throws Exception {
    fill(frame(0, 100), 3);
    try (Store store = create("f")) {
      store.write(frame(0, 100), 0);
      store.sync();
      assertThat(store.isAsync()).isTrue();
      AtomicInteger ended = new AtomicInteger();
      AtomicLong bytes = new AtomicLong();
      for (int i = 0; i < 100; i++) {
        store.startRead(
            frame(100 + i, 1),
            (long) i * PAGE,
            (read, failure) -> {
              bytes.addAndGet(failure == null ? read : 0);
              ended.incrementAndGet();
            });
      }
      long giveUp = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (ended.get() < 100 && System.nanoTime() < giveUp) {
        Thread.onSpinWait(); // not awaitEnd: the ring's own thread has to look
      }
      assertThat(ended).hasValue(100);
      assertThat(bytes).hasValue(100L * PAGE);
      assertThat(frame(100, 100).mismatch(frame(0, 100))).isEqualTo(-1);
    }
  }

  @Test
  void aWaitForAStartedReadEndsWithIt() throws Exception {
    fill(frame(0, 1), 3);
    try (Store store = create("f")) {
      store.write(frame(0, 1), 0);
      for (int i = 0; i < 200; i++) {
        AtomicLong read = new AtomicLong(-1);
        store.startRead(frame(1, 1), 0, (bytes, failure) -> read.set(bytes));
        assertThat(store.awaitEnd(() -> read.get() >= 0, Deadline.after(Duration.ofSeconds(20))))
            .isTrue();
        assertThat(read).hasValue(PAGE);
      }
      assertThat(store.awaitEnd(() -> false, Deadline.after(Duration.ofMillis(50)))).isFalse();
    }
  }

  @Test
  void aStartedReadBeyondTheEndIsShort() throws Exception {
    try (Store store = create("f")) {
      store.write(frame(0, 1).asSlice(0, 100), 0);
      AtomicLong read = new AtomicLong(-1);
      store.startRead(frame(1, 2), 0, (bytes, failure) -> read.set(bytes));
      assertThat(store.awaitEnd(() -> read.get() >= 0, Deadline.after(Duration.ofSeconds(20))))
          .isTrue();
      assertThat(read).hasValue(100);
    }
  }

  @Test
  void aFullDiskIsNoSpace() throws Exception {
    try (Mount mount = Mount.ext4(dir.resolve("image"), dir.resolve("mount"), 16 << 20);
        Store store = engine.open(mount.path().resolve("f"), OpenMode.CREATE)) {
      assertThat(store.features()).contains(Feature.DIRECT);
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> {
            for (long at = 0; at < 32 << 20; at += 128 * PAGE) {
              store.write(frame(0, 128), at);
            }
            store.sync();
          })
          .matches(e -> e.kind() == StoreException.Kind.NO_SPACE);
    }
  }

  @Test
  void aFileSystemInMemoryIsNotDirect() throws Exception {
    try (Mount mount = Mount.tmpfs(dir.resolve("mount"), "size=4m");
        Store store = engine.open(mount.path().resolve("f"), OpenMode.CREATE)) {
      fill(frame(0, 2), 5);
      store.write(frame(0, 2), 0);
      assertThat(store.read(frame(2, 2), 0)).isEqualTo(2 * PAGE);
      assertThat(frame(2, 2).mismatch(frame(0, 2))).isEqualTo(-1);
      assertThat(store.features()).doesNotContain(Feature.DIRECT);
    }
  }

  private MemorySegment page(int number) {
    return frames.asSlice((long) number * PAGE, PAGE);
  }

  /** What it gave up is another's by then. */
  @Test
  void aClosedStoreTouchesNoOtherFile() throws Exception {
    byte[] ones = new byte[PAGE];
    Arrays.fill(ones, (byte) 1);
    Path a = Files.write(dir.resolve("a"), new byte[PAGE]);
    Path b = Files.write(dir.resolve("b"), ones);
    Store closed = engine.open(a, OpenMode.WRITE);
    closed.close();
    try (Store other = engine.open(b, OpenMode.WRITE)) {
      closed.close();
      assertThat(other.read(page(0), 0)).isEqualTo(PAGE);
      assertThat(page(0).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
      assertThatThrownBy(() -> closed.read(page(0), 0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> closed.write(page(0), 0)).isInstanceOf(IllegalStateException.class);
    }
  }

  /** Whole pages of registered memory are checked like any others. */
  @Test
  void whatMayNotBeIsRefusedInWholePagesToo() throws Exception {
    Path a = Files.write(dir.resolve("a"), new byte[PAGE]);
    try (Store store = engine.open(a, OpenMode.READ)) {
      Set<Store.Feature> before = store.features();
      assertThatThrownBy(() -> store.write(page(0), 0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> store.read(page(0), -PAGE))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(store.features()).isEqualTo(before);
    }
  }

  /** Such a read does not end by the ring: who waits for it is woken all the same. */
  @Test
  void theEndOfAFileIsNotAwaitedLonger() throws Exception {
    int files = 40;
    long nanos = 0;
    for (int i = 0; i < files; i++) {
      Path path = Files.write(dir.resolve("t" + i), new byte[100]);
      try (Store store = engine.open(path, OpenMode.READ)) {
        AtomicLong read = new AtomicLong(-1);
        long start = System.nanoTime();
        boolean _ = store.startRead(page(0), 0, (bytes, _) -> read.set(bytes));
        assertThat(store.awaitEnd(() -> read.get() >= 0, Deadline.after(Duration.ofSeconds(20))))
            .isTrue();
        nanos += System.nanoTime() - start;
      }
    }
    // A leader that nobody wakes sleeps for 20 ms; this is no measurement.
    assertThat(Duration.ofNanos(nanos / files)).isLessThan(Duration.ofMillis(10));
  }
}
