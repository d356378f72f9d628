package dev.longpin.cache;

import static dev.longpin.cache.Rig.HOLDER;
import static dev.longpin.cache.Rig.PAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.Access;
import dev.longpin.api.CacheConfig;
import dev.longpin.api.CachedFile;
import dev.longpin.api.FileClosedException;
import dev.longpin.api.LongtermPin;
import dev.longpin.api.OpenMode;
import dev.longpin.api.PastEndException;
import dev.longpin.api.Pin;
import dev.longpin.api.StoreException;
import dev.longpin.api.UnmapResult;
import dev.longpin.api.Unmapping;
import dev.longpin.api.View;
import dev.longpin.contract.StoreTests;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong is refused with a typed error, and the cache goes on. */
@Timeout(60)
class BadInputTest {

  private static final MemorySegment BYTES = MemorySegment.ofArray(new byte[10]);

  @TempDir private Path dir;
  private Rig rig;

  @BeforeEach
  void open() throws Exception {
    rig = Rig.ofPages(dir, 2);
  }

  @AfterEach
  void close() throws Exception {
    assertUsable();
    rig.close();
  }

  private void assertUsable() throws Exception {
    try (CachedFile file = rig.cache.open(dir.resolve("check"), OpenMode.CREATE)) {
      Rig.write(file, PAGE, 10, 'c');
      file.force();
      assertThat(Rig.read(file, PAGE, 20)).hasSize(10).containsOnly('c');
    }
  }

  /** Every operation that takes a range. */
  private Map<String, RangeOperation> rangeOperations() {
    Map<String, RangeOperation> operations = new LinkedHashMap<>();
    operations.put("pin", (file, offset, length) -> file.pin(offset, length, Access.READ));
    operations.put("write pin", (file, offset, length) -> file.pin(offset, length, Access.WRITE));
    operations.put(
        "long-term pin",
        (file, offset, length) -> file.pinLongterm(offset, length, Access.WRITE, HOLDER));
    operations.put("punch", CachedFile::punchHole);
    operations.put(
        "evict", (file, offset, length) -> file.evict(offset, length, Unmapping.DEFAULT));
    operations.put("force", (file, offset, length) -> file.force(offset, length, Rig.LONG));
    operations.put("preallocate", CachedFile::preallocate);
    operations.put("view", CachedFile::view);
    return operations;
  }

  /** An operation on a range. */
  @FunctionalInterface
  private interface RangeOperation {
    void run(CachedFile file, long offset, long length) throws Exception;
  }

  @Test
  void rangesThatAreNegativeOrOverflowAreRefused() {
    rangeOperations()
        .forEach((name, operation) -> {
          for (long[] range :
              new long[][] {
                {-1, 1},
                {0, -1},
                {Long.MIN_VALUE, 1},
                {1, Long.MAX_VALUE},
                {Long.MAX_VALUE, 1},
                {Long.MAX_VALUE, Long.MAX_VALUE}
              }) {
            assertThatThrownBy(() -> operation.run(rig.file, range[0], range[1]))
                .as("%s of %s, %s", name, range[0], range[1])
                .isInstanceOf(IllegalArgumentException.class);
          }
        });
    assertThatThrownBy(() -> rig.file.read(BYTES, -1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.read(BYTES, Long.MAX_VALUE - 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.write(BYTES, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.write(BYTES, Long.MAX_VALUE - 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Unmapping.within(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(rig.file.size()).isEqualTo(2 * PAGE);
  }

  /** More pages than the index can tell apart. */
  @Test
  void filesThatAreTooLargeAreRefused() throws Exception {
    long tooLarge = (1L << 40) * PAGE + 1;
    for (Later.Body operation :
        List.<Later.Body>of(
            () -> rig.file.truncate(tooLarge),
            () -> rig.file.truncate(Long.MAX_VALUE),
            () -> rig.file.write(BYTES, tooLarge),
            () -> rig.file.write(BYTES, Long.MAX_VALUE - 10),
            () -> rig.file.preallocate(tooLarge, 1))) {
      Rig.assertFails(StoreException.Kind.TOO_LARGE, operation::run);
    }
    assertThat(rig.file.size()).isEqualTo(2 * PAGE);
    assertThat(Rig.read(rig.file, 0, 3 * PAGE)).isEqualTo(Rig.letters(2 * PAGE, PAGE));
  }

  @Test
  void rangesOfNothingDoNothing() throws Exception {
    MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
    assertThat(rig.file.read(nothing, 0)).isZero();
    assertThat(rig.file.read(nothing, 2 * PAGE)).isZero();
    assertThat(rig.file.read(ByteBuffer.allocate(0), 5)).isZero();
    rig.file.write(nothing, 5);
    rig.file.write(nothing, 100 * PAGE);
    assertThat(rig.file.append(nothing)).isEqualTo(2 * PAGE);
    assertThat(rig.file.punchHole(0, 0)).isEqualTo(UnmapResult.NONE);
    assertThat(rig.file.truncate(2 * PAGE)).isEqualTo(UnmapResult.NONE);
    rig.file.force(0, 0, Rig.LONG);
    assertThat(rig.file.size()).isEqualTo(2 * PAGE);
    assertThatThrownBy(() -> rig.file.pin(0, 0, Access.READ))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> rig.file.pinLongterm(0, 0, Access.READ, HOLDER))
        .isInstanceOf(IllegalArgumentException.class);
    try (View view = rig.file.view(0, 0)) {
      assertThatThrownBy(() -> view.getByte(0)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void readsPastTheEndSayThatItIsTheEnd() throws Exception {
    assertThat(rig.file.read(BYTES, 2 * PAGE)).isEqualTo(-1);
    assertThat(rig.file.read(BYTES, Long.MAX_VALUE - 10)).isEqualTo(-1);
    assertThat(rig.file.read(ByteBuffer.allocate(10), 2 * PAGE)).isEqualTo(-1);
    assertThat(rig.file.read(BYTES, 2 * PAGE - 3)).isEqualTo(3);
    try (View view = rig.file.view(PAGE, 10L * PAGE)) {
      assertThatThrownBy(() -> view.getByte(PAGE)).isInstanceOf(PastEndException.class);
      assertThatThrownBy(() -> view.getLong(PAGE - 7)).isInstanceOf(PastEndException.class);
      assertThatThrownBy(() -> view.getByte(10L * PAGE))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void aFileOpenedForReadingIsNotChanged() throws Exception {
    try (CachedFile reader = rig.cache.open(rig.path, OpenMode.READ)) {
      for (Later.Body change :
          List.<Later.Body>of(
              () -> reader.write(BYTES, 0),
              () -> reader.append(BYTES),
              () -> reader.truncate(0),
              () -> reader.truncate(10 * PAGE),
              () -> reader.punchHole(0, 1),
              () -> reader.preallocate(0, 1),
              () -> reader.delete(Unmapping.DEFAULT))) {
        Rig.assertFails(StoreException.Kind.PERMISSION, change::run);
      }
      reader.force();
      assertThat(Rig.read(reader, 0, 3 * PAGE)).isEqualTo(Rig.letters(2 * PAGE, PAGE));
    }
  }

  @Test
  void aClosedFileRefusesEveryOperation() throws Exception {
    View view = rig.file.view(0, PAGE);
    Pin pin = rig.file.pin(0, PAGE, Access.READ);
    pin.close();
    rig.file.close();
    Map<String, RangeOperation> operations = rangeOperations();
    operations.put("read", (file, offset, length) -> file.read(BYTES, offset));
    operations.put("write", (file, offset, length) -> file.write(BYTES, offset));
    operations.put("append", (file, offset, length) -> file.append(BYTES));
    operations.put("truncate", (file, offset, length) -> file.truncate(0));
    operations.put("grow", (file, offset, length) -> file.truncate(10 * PAGE));
    operations.put("delete", (file, offset, length) -> file.delete(Unmapping.DEFAULT));
    operations.put("size", (file, offset, length) -> file.size());
    operations.put("holders", (file, offset, length) -> file.holders());
    operations.put("gate", (file, offset, length) -> file.setWritebackGate(null));
    operations.put("background", (file, offset, length) -> file.setBackgroundWriteback(true));
    operations.put("view's read", (file, offset, length) -> view.getByte(0));
    operations.forEach((name, operation) ->
        assertThatThrownBy(() -> operation.run(rig.file, 0, 1))
            .as(name)
            .isInstanceOf(FileClosedException.class));
    assertThat(rig.path).hasSize(2 * PAGE);
  }

  @Test
  void aClosedViewRefusesEveryRead() throws Exception {
    View view = rig.file.view(0, PAGE);
    view.close();
    view.close();
    assertThatThrownBy(() -> view.getByte(0)).isInstanceOf(FileClosedException.class);
    assertThatThrownBy(() -> view.copyTo(0, BYTES, 0, 10)).isInstanceOf(FileClosedException.class);
  }

  @Test
  void whatIsNotAFileIsNotOpened() throws Exception {
    Rig.assertFails(
        StoreException.Kind.NOT_FOUND, () -> rig.cache.open(dir.resolve("no"), OpenMode.WRITE));
    Rig.assertFails(StoreException.Kind.NOT_A_FILE, () -> rig.cache.open(dir, OpenMode.READ));
    Rig.assertFails(
        StoreException.Kind.NOT_A_FILE, () -> rig.cache.open(Path.of("/dev/null"), OpenMode.WRITE));
    Path secret = Files.createFile(dir.resolve("secret"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    if (!StoreTests.isRoot()) {
      Rig.assertFails(StoreException.Kind.PERMISSION, () -> rig.cache.open(secret, OpenMode.READ));
    }
  }

  @Test
  void aConfigurationThatCannotWorkIsRefused() {
    for (int pageSize : new int[] {0, -4096, 4095, 5000, 2048, 4 << 20}) {
      assertThatThrownBy(() -> CacheConfig.ofSize(64 << 20, pageSize))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> CacheConfig.ofSize(15 * PAGE, PAGE))
        .isInstanceOf(IllegalArgumentException.class);
    CacheConfig good = CacheConfig.ofSize(16 * PAGE, PAGE);
    for (Later.Body bad :
        List.<Later.Body>of(
            () -> good.withDeadline(Duration.ZERO),
            () -> good.withLongtermLimits(-1, 1),
            () -> good.withLongtermLimits(1, -1),
            () -> good.withDirtyLimits(0, 0),
            () -> good.withDirtyLimits(2, 3),
            () -> good.withReadahead(-1),
            () -> good.withBackgroundWriteback(true, Duration.ZERO))) {
      assertThatThrownBy(bad::run).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /** H13: a pin that is never ended: everything else goes on, to its deadline at most. */
  @Test
  void aHolderThatNeverLetsGoStopsNobodyElse() throws Exception {
    LongtermPin pin = rig.file.pinLongterm(0, 1, Access.WRITE, HOLDER);
    rig.write(0, PAGE, 'w');
    rig.file.force();
    assertThatThrownBy(() -> rig.file.evict(0, 1, Unmapping.within(Rig.SHORT)))
        .isNotInstanceOf(RuntimeException.class);
    rig.file.truncate(PAGE);
    assertUsable();
    assertThat(pin.release()).isTrue();
  }
}
