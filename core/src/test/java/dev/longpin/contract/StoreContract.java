package dev.longpin.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.longpin.api.OpenMode;
import dev.longpin.api.StoreException;
import dev.longpin.api.StoreException.Kind;
import dev.longpin.spi.Store;
import dev.longpin.spi.Store.Feature;
import dev.longpin.spi.StoreProvider;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link Store} does. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
public abstract class StoreContract {

  /** A directory of the test's own. */
  @TempDir protected Path dir;

  /** Makes one for a subclass. */
  protected StoreContract() {}

  /** Returns what opens the stores. */
  protected abstract StoreProvider provider();

  @Test
  void whatWasWrittenIsRead() throws Exception {
    byte[] bytes = random(5 * (1 << 20) + 3);
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(bytes), 12_345);
      store.sync();
      assertThat(read(store, 12_345, bytes.length)).isEqualTo(bytes);
      assertThat(read(store, 0, 12_345)).containsOnly(0);
      assertThat(store.stamp().sizeBytes()).isEqualTo(12_345L + bytes.length);
    }
    assertThat(Files.size(dir.resolve("f"))).isEqualTo(12_345L + bytes.length);
  }

  @Test
  void nativeSegmentsWorkAsArraysDo() throws Exception {
    try (Store store = create("f");
        Arena arena = Arena.ofShared()) {
      MemorySegment out = arena.allocate(4096);
      out.fill((byte) 7);
      store.write(out.asReadOnly(), 4096);
      MemorySegment in = arena.allocate(8192);
      assertThat(store.read(in, 0)).isEqualTo(8192);
      assertThat(in.get(ValueLayout.JAVA_BYTE, 4095)).isZero();
      assertThat(in.asSlice(4096).mismatch(out)).isEqualTo(-1);
    }
  }

  @Test
  void readEndsWithTheFile() throws Exception {
    Files.write(dir.resolve("f"), new byte[] {1, 2, 3});
    try (Store store = open("f", OpenMode.READ)) {
      MemorySegment target = MemorySegment.ofArray(new byte[10]);
      assertThat(store.read(target, 1)).isEqualTo(2);
      assertThat(store.read(target, 3)).isZero();
      assertThat(store.read(target, 1L << 40)).isZero();
      assertThat(store.read(MemorySegment.ofArray(new byte[0]), 0)).isZero();
    }
  }

  @Test
  void truncateShrinksAndGrowsWithZeros() throws Exception {
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(random(10_000)), 0);
      store.truncate(5_000);
      assertThat(store.stamp().sizeBytes()).isEqualTo(5_000);
      store.truncate(5_000);
      store.truncate(1L << 32);
      assertThat(store.stamp().sizeBytes()).isEqualTo(1L << 32);
      assertThat(read(store, 5_000, 5_000)).containsOnly(0);
      store.truncate(0);
      assertThat(store.stamp().sizeBytes()).isZero();
    }
  }

  @Test
  void punchHoleZeroesPartsOfBlocksAndKeepsTheSize() throws Exception {
    byte[] bytes = random(300_000);
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(bytes), 0);
      store.punchHole(5_000, 200_000);
      byte[] expected = bytes.clone();
      Arrays.fill(expected, 5_000, 205_000, (byte) 0);
      assertThat(read(store, 0, bytes.length)).isEqualTo(expected);
      store.punchHole(299_999, 1 << 20);
      store.punchHole(1 << 20, 1 << 20);
      store.punchHole(0, 0);
      assertThat(store.stamp().sizeBytes()).isEqualTo(300_000);
      assertThat(read(store, 299_998, 2)).containsExactly(bytes[299_998], 0);
    }
  }

  @Test
  void reserveKeepsSizeAndContents() throws Exception {
    byte[] bytes = random(10_000);
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(bytes), 0);
      store.reserve(5_000, 1 << 20);
      store.reserve(0, 0);
      assertThat(store.stamp().sizeBytes()).isEqualTo(10_000);
      assertThat(read(store, 0, 10_000)).isEqualTo(bytes);
    }
  }

  @Test
  void nextDataNeverSkipsData() throws Exception {
    try (Store store = create("f")) {
      store.truncate(1 << 20);
      store.write(MemorySegment.ofArray(new byte[] {1}), 512 << 10);
      assertThat(store.nextData(0)).isLessThanOrEqualTo(512 << 10);
      assertThat(store.nextData(512 << 10)).isEqualTo(512 << 10);
      assertThat(store.nextData(1 << 20)).isEqualTo(1 << 20);
      assertThat(store.nextData(1 << 21)).isEqualTo(1 << 20);
    }
  }

  @Test
  void stampChangesWithTheFile() throws Exception {
    try (Store store = create("f")) {
      Store.Stamp before = store.stamp();
      assertThat(store.stamp()).isEqualTo(before);
      Thread.sleep(20);
      Files.write(dir.resolve("f"), new byte[] {1});
      Store.Stamp written = store.stamp();
      assertThat(written).isNotEqualTo(before);
      assertThat(written.sizeBytes()).isEqualTo(1);
      assertThat(written.modifiedNanos()).isGreaterThan(before.modifiedNanos());
    }
  }

  @Test
  void identityIsThatOfTheFileNotOfTheName() throws Exception {
    Files.write(dir.resolve("f"), new byte[1]);
    Files.createLink(dir.resolve("hard"), dir.resolve("f"));
    Files.createSymbolicLink(dir.resolve("soft"), dir.resolve("f"));
    try (Store f = open("f", OpenMode.READ);
        Store hard = open("hard", OpenMode.READ);
        Store soft = open("soft", OpenMode.READ);
        Store other = create("other")) {
      assertThat(hard.identity()).isEqualTo(f.identity());
      assertThat(soft.identity()).isEqualTo(f.identity());
      assertThat(other.identity()).isNotEqualTo(f.identity());
    }
  }

  @Test
  void blockSizeIsAPowerOfTwo() throws Exception {
    try (Store store = create("f")) {
      assertThat(store.blockSize()).isBetween(4096, 2 << 20);
      assertThat(Integer.bitCount(store.blockSize())).isEqualTo(1);
    }
  }

  @Test
  void namesWithOddCharactersWork() throws Exception {
    try (Store store = create("a b%41+?#;=.x")) {
      store.write(MemorySegment.ofArray(new byte[] {1}), 0);
    }
    assertThat(Files.size(dir.resolve("a b%41+?#;=.x"))).isEqualTo(1);
  }

  @Test
  void whatIsNotARegularFileIsRefused() throws Exception {
    assertRefused(dir, OpenMode.READ, Kind.NOT_A_FILE);
    assertRefused(dir, OpenMode.CREATE, Kind.NOT_A_FILE);
    assertRefused(Path.of("/dev/null"), OpenMode.WRITE, Kind.NOT_A_FILE);
    Path pipe = dir.resolve("pipe");
    int made = new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();
    StoreTests.skipUnless(made == 0, "no mkfifo");
    assertRefused(pipe, OpenMode.READ, Kind.NOT_A_FILE);
    assertRefused(pipe, OpenMode.CREATE, Kind.NOT_A_FILE);
  }

  @Test
  void missingFilesAreMadeOnlyByCreate() throws Exception {
    assertRefused(dir.resolve("f"), OpenMode.READ, Kind.NOT_FOUND);
    assertRefused(dir.resolve("f"), OpenMode.WRITE, Kind.NOT_FOUND);
    assertRefused(dir.resolve("none/f"), OpenMode.CREATE, Kind.NOT_FOUND);
    Files.createSymbolicLink(dir.resolve("soft"), dir.resolve("nothing"));
    assertRefused(dir.resolve("soft"), OpenMode.CREATE, Kind.NOT_FOUND);
    assertThat(dir.resolve("f")).doesNotExist();
    Files.write(dir.resolve("g"), new byte[] {1});
    assertRefused(dir.resolve("g/f"), OpenMode.CREATE, Kind.NOT_FOUND);
    try (Store store = create("g")) {
      assertThat(store.stamp().sizeBytes()).isEqualTo(1);
    }
  }

  @Test
  void aMissingPermissionIsSaid() throws Exception {
    StoreTests.skipUnless(!StoreTests.isRoot(), "root may do everything");
    Path file = Files.write(dir.resolve("f"), new byte[1]);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
    assertRefused(file, OpenMode.WRITE, Kind.PERMISSION);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assertRefused(file, OpenMode.READ, Kind.PERMISSION);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("r-x------"));
    assertRefused(dir.resolve("new"), OpenMode.CREATE, Kind.PERMISSION);
    Files.setPosixFilePermissions(dir, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void readOnlyFileSystemsAreSaid() throws Exception {
    try (Mount mount = Mount.tmpfs(dir.resolve("mount"), "size=1m")) {
      Files.write(mount.path().resolve("f"), new byte[1]);
      mount.remount("ro");
      assertRefused(mount.path().resolve("f"), OpenMode.WRITE, Kind.PERMISSION);
      assertRefused(mount.path().resolve("new"), OpenMode.CREATE, Kind.PERMISSION);
      provider().open(mount.path().resolve("f"), OpenMode.READ).close();
    }
  }

  @Test
  void aFullDiskIsSaid() throws Exception {
    try (Mount mount = Mount.tmpfs(dir.resolve("mount"), "size=1m");
        Store store = provider().open(mount.path().resolve("f"), OpenMode.CREATE)) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.write(MemorySegment.ofArray(new byte[2 << 20]), 0))
          .matches(e -> e.kind() == Kind.NO_SPACE)
          .withMessageContaining("[0, 2097152)")
          .withMessageContaining(store.path().toString())
          .withMessageContaining("free space");
    }
  }

  @Test
  void tooLargeIsSaid() throws Exception {
    try (Store store = create("f")) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.truncate(Long.MAX_VALUE - 10_000))
          .matches(e -> e.kind() == Kind.TOO_LARGE || StoreTests.isUnlimited(dir));
    }
  }

  @Test
  void aStoreForReadingDoesNotWrite() throws Exception {
    Files.write(dir.resolve("f"), new byte[10]);
    try (Store store = open("f", OpenMode.READ)) {
      MemorySegment one = MemorySegment.ofArray(new byte[] {1});
      assertThatThrownBy(() -> store.write(one, 0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> store.truncate(0)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> store.punchHole(0, 1)).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> store.reserve(0, 1)).isInstanceOf(IllegalStateException.class);
      assertThat(store.features()).doesNotContain(Feature.RESERVE, Feature.PUNCH_HOLE);
      store.sync();
    }
    assertThat(Files.readAllBytes(dir.resolve("f"))).containsOnly(0);
  }

  @Test
  void aClosedStoreSaysSo() throws Exception {
    Store store = create("f");
    store.close();
    store.close();
    MemorySegment one = MemorySegment.ofArray(new byte[] {1});
    assertThatThrownBy(() -> store.write(one, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.read(one, 0)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.truncate(3)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(store::sync).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void wrongRangesAreRefused() throws Exception {
    try (Store store = create("f")) {
      MemorySegment one = MemorySegment.ofArray(new byte[] {1});
      assertThatThrownBy(() -> store.read(one, -1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.write(one, Long.MAX_VALUE))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> store.punchHole(1, Long.MAX_VALUE))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void deleteRemovesTheNameOfThisFileOnly() throws Exception {
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(new byte[] {1}), 0);
      store.delete();
      assertThat(dir.resolve("f")).doesNotExist();
      store.delete();
      Files.write(dir.resolve("f"), new byte[] {2});
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(store::delete)
          .matches(e -> e.kind() == Kind.NOT_FOUND);
      assertThat(dir.resolve("f")).hasBinaryContent(new byte[] {2});
      assertThat(store.stamp().sizeBytes()).isEqualTo(1);
      assertThat(read(store, 0, 1)).containsExactly(1);
    }
  }

  @Test
  void twoOpensInOneProcessDoNotMeet() throws Exception {
    Store first = create("f");
    try (Store second = open("f", OpenMode.WRITE);
        Store third = open("f", OpenMode.READ)) {
      first.write(MemorySegment.ofArray("abc".getBytes(US_ASCII)), 0);
      second.write(MemorySegment.ofArray("d".getBytes(US_ASCII)), 3);
      first.close();
      assertThat(new String(read(third, 0, 4), US_ASCII)).isEqualTo("abcd");
    }
  }

  @Test
  void opensLeaveNoDescriptorBehind() throws Exception {
    StoreTests.skipUnless(Files.isDirectory(Path.of("/proc/self/fd")), "no /proc");
    create("f").close();
    long before = StoreTests.openDescriptors(dir);
    for (int i = 0; i < 50; i++) {
      create("f").close();
      assertRefused(dir.resolve("none"), OpenMode.READ, Kind.NOT_FOUND);
      try (Store store = open("f", OpenMode.WRITE)) {
        Thread.currentThread().interrupt();
        store.write(MemorySegment.ofArray(new byte[] {1}), 0);
        assertThat(Thread.interrupted()).isTrue();
      }
    }
    assertThat(StoreTests.openDescriptors(dir)).isEqualTo(before);
  }

  @Test
  void anInterruptedThreadIsServedAndStaysInterrupted() throws Exception {
    Thread.currentThread().interrupt();
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(new byte[] {1, 2, 3}), 0);
      store.sync();
      store.truncate(2);
      store.punchHole(0, 1);
      store.reserve(0, 100);
      assertThat(store.nextData(2)).isEqualTo(2);
      assertThat(read(store, 0, 2)).containsExactly(0, 2);
      assertThat(store.stamp().sizeBytes()).isEqualTo(2);
      assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void interruptsDuringIoLoseNothing() throws Exception {
    try (Store store = create("f")) {
      new InterruptStorm(store, 8).run(TimeUnit.SECONDS.toNanos(3));
    }
  }

  @Test
  void interruptsFindAFileThatLostItsName() throws Exception {
    try (Store store = create("f")) {
      store.write(MemorySegment.ofArray(new byte[] {1}), 0);
      Files.delete(dir.resolve("f"));
      new InterruptStorm(store, 4).run(TimeUnit.SECONDS.toNanos(1));
    }
  }

  @Test
  void interruptsNeverReachAnotherFileOfTheSameName() throws Exception {
    byte[] others = random(100);
    try (Store store = create("f")) {
      Files.write(dir.resolve("g"), others);
      Files.move(dir.resolve("f"), dir.resolve("moved"));
      Files.move(dir.resolve("g"), dir.resolve("f"), StandardCopyOption.ATOMIC_MOVE);
      new InterruptStorm(store, 4).run(TimeUnit.SECONDS.toNanos(1));
      assertThat(Files.size(dir.resolve("moved"))).isPositive();
    }
    assertThat(dir.resolve("f")).hasBinaryContent(others);
  }

  /** Opens a file of the test's directory. */
  protected final Store open(String name, OpenMode mode) throws IOException {
    return provider().open(dir.resolve(name), mode);
  }

  /** Opens a file of the test's directory, and makes it if it is missing. */
  protected final Store create(String name) throws IOException {
    return open(name, OpenMode.CREATE);
  }

  /** Reads a range that lies within the file. */
  protected static byte[] read(Store store, long offset, int length) throws IOException {
    byte[] bytes = new byte[length];
    assertThat(store.read(MemorySegment.ofArray(bytes), offset)).isEqualTo(length);
    return bytes;
  }

  private void assertRefused(Path path, OpenMode mode, Kind kind) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> provider().open(path, mode).close())
        .matches(e -> e.kind() == kind, "is " + kind)
        .withMessageContaining(path.toString())
        .withMessageContaining("open for " + mode);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
